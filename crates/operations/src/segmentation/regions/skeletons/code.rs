//! The 27 voxels around and including a voxel, as bits.
//!
//! The voxel at (i, j, k) from the middle, each -1 to 1, has bit (i + 1) + 3 (j + 1) + 9 (k + 1).

/// A set of the 27 voxels.
pub(super) type Code = u32;

/// A step from the middle.
pub(super) type Step = [i8; 3];

/// The voxel in the middle.
pub(super) const MIDDLE: Code = 1 << 13;

/// The six steps that share a face, before and after along i, j, k.
pub(super) const FACES: [Step; 6] = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]];

/// The bit of the voxel at a step.
pub(super) const fn bit(step: Step) -> Code {
    1 << ((step[0] + 1) + 3 * (step[1] + 1) + 9 * (step[2] + 1))
}

const fn plus(a: Step, b: Step) -> Step {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

const fn minus(a: Step) -> Step {
    [-a[0], -a[1], -a[2]]
}

/// The steps to all 26 neighbours in the order of their bits.
pub(super) fn steps() -> impl Iterator<Item = Step> {
    let range = -1..=1_i8;
    let all = range.clone().flat_map(move |k| {
        let range = range.clone();
        range.clone().flat_map(move |j| range.clone().map(move |i| [i, j, k]))
    });
    all.filter(|step| *step != [0, 0, 0])
}

/// The eight neighbours around the middle in the plane of two steps, one after the other.
pub(super) const fn ring(u: Step, v: Step) -> [Code; 8] {
    let (mu, mv) = (minus(u), minus(v));
    [bit(u), bit(plus(u, v)), bit(v), bit(plus(mu, v)), bit(mu), bit(plus(mu, mv)), bit(mv), bit(plus(u, mv))]
}

/// Whether the background of a ring is one piece (corners count only between two faces), so that the middle
/// can go without cutting the plane's object, and how many of the ring belong to the object.
pub(super) fn around(code: Code, ring: [Code; 8]) -> (bool, u32) {
    let free = ring.map(|bit| code & bit == 0);
    let faces = [0, 2, 4, 6].into_iter().filter(|&n| free[n]).count();
    let corners = [1, 3, 5, 7].into_iter().filter(|&n| free[n - 1] && free[n] && free[(n + 1) % 8]).count();
    let object = free.iter().filter(|free| !**free).count() as u32;
    (faces.wrapping_sub(corners) == 1, object)
}

/// Whether the Euler number of the object, its voxels connected through corners too, is the same without the
/// middle: whether that of the background around it is 1 (faces free, minus edges free, plus corners free
/// with all that lies between them and the middle).
pub(super) fn keeps_euler_number(code: Code) -> bool {
    const EDGES: [Code; 12] = {
        let mut edges = [0; 12];
        let (mut n, mut a) = (0, 0);
        while a < 6 {
            let mut b = a + 1;
            while b < 6 {
                if a / 2 != b / 2 {
                    edges[n] = bit(FACES[a]) | bit(FACES[b]) | bit(plus(FACES[a], FACES[b]));
                    n += 1;
                }
                b += 1;
            }
            a += 1;
        }
        edges
    };
    const CORNERS: [Code; 8] = {
        let mut corners = [0; 8];
        let mut n = 0;
        while n < 8 {
            let (x, y, z) = (FACES[n & 1], FACES[2 + (n >> 1 & 1)], FACES[4 + (n >> 2)]);
            corners[n] = bit(x)
                | bit(y)
                | bit(z)
                | bit(plus(x, y))
                | bit(plus(y, z))
                | bit(plus(x, z))
                | bit(plus(plus(x, y), z));
            n += 1;
        }
        corners
    };
    let faces = FACES.into_iter().filter(|&face| code & bit(face) == 0).count();
    let edges = EDGES.into_iter().filter(|edge| code & edge == 0).count();
    let corners = CORNERS.into_iter().filter(|corner| code & corner == 0).count();
    faces + corners == edges + 1
}

/// Whether the neighbours that belong to the object are one piece, connected through faces, edges or corners.
pub(super) fn is_one_piece(code: Code) -> bool {
    let object = code & !MIDDLE;
    let mut reached = object & object.wrapping_neg();
    loop {
        let next = grown(reached) & object;
        if next == reached {
            return object != 0 && reached == object;
        }
        reached = next;
    }
}

/// The voxels and all that touch them.
fn grown(code: Code) -> Code {
    const LEFT: Code = 0o111_111_111;
    const FRONT: Code = 0o007_007_007;
    const BACK: Code = 0o700_700_700;
    const ALL: Code = 0o777_777_777;
    let along_i = code | (code & !(LEFT << 2)) << 1 | (code & !LEFT) >> 1;
    let along_j = along_i | (along_i & !BACK) << 3 | (along_i & !FRONT) >> 3;
    (along_j | along_j << 9 | along_j >> 9) & ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_reaches_all_that_touches_and_nothing_else() {
        for a in steps() {
            let expected = steps().chain([[0, 0, 0]]).filter(|b| (0..3).all(|n| (a[n] - b[n]).abs() <= 1));
            assert_eq!(grown(bit(a)), expected.map(bit).sum::<Code>(), "{a:?}");
        }
    }

    #[test]
    fn the_middle_of_a_line_or_sheet_is_needed() {
        let line = MIDDLE | bit([-1, 0, 0]) | bit([1, 0, 0]);
        assert!(!is_one_piece(line));
        let sheet: Code = steps().filter(|s| s[2] == 0).map(bit).sum::<Code>() | MIDDLE;
        assert!(is_one_piece(sheet) && !keeps_euler_number(sheet));
        let end = MIDDLE | bit([1, 1, 0]);
        assert!(is_one_piece(end) && keeps_euler_number(end));
        assert!(!keeps_euler_number(MIDDLE));
        // The inside of a solid may not become a cavity.
        assert!(!keeps_euler_number(0o777_777_777));
    }

    #[test]
    fn a_ring_with_one_gap_can_lose_its_middle() {
        let plane = ring([1, 0, 0], [0, 1, 0]);
        assert_eq!(around(bit([1, 0, 0]) | bit([1, 1, 0]), plane), (true, 2));
        assert_eq!(around(bit([1, 0, 0]) | bit([-1, 0, 0]), plane), (false, 2));
        assert_eq!(around(0, plane), (false, 0));
    }
}
