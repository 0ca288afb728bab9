//! The sample patient's torso.
//!
//! RAS millimetres about the middle of the chest: x to the patient's right, y to the front, z to the head. Sizes are
//! those of an average adult from anatomy textbooks, rounded.

use std::f64::consts::{PI, TAU};

use microtome_geometry::{Affine, Grid, Point, Ras, Vector};

use crate::anatomy::Anatomy;
use crate::noise::uniform;
use crate::shape::{Ball, Shape, Tube};
use crate::tissue::Tissue;

/// A spherical lesion of known place and size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lesion {
    /// Its middle in RAS mm.
    pub center: [f64; 3],
    /// Its radius in mm.
    pub radius: f64,
}

/// The lesion in the liver.
pub const LESION: Lesion = Lesion { center: [72.0, 18.0, -118.0], radius: 13.0 };

/// Takes a point of the MR's space to the CT's: the patient lay differently. A rotation of 6° about S after 4° about R,
/// then a shift.
pub const MR_OFFSET: Affine<Ras, Ras> = {
    // sin and cos of 6° and 4°.
    let (s6, c6) = (0.104_528_463_267_653_47, 0.994_521_895_368_273_3);
    let (s4, c4) = (0.069_756_473_744_125_3, 0.997_564_050_259_824_2);
    Affine::from_rows([[c6, -s6 * c4, s6 * s4, 7.0], [s6, c6 * c4, -c6 * s4, -5.0], [0.0, s4, c4, 9.0]])
};

/// The grid of the CT: 1.5 mm pixels, 2 mm slices, in the axial order of a scanner (rows to the left, columns to the
/// back, slices to the head).
pub fn ct_grid() -> Grid {
    let rows = [[-1.5, 0.0, 0.0, 191.25], [0.0, -1.5, 0.0, 191.25], [0.0, 0.0, 2.0, -175.0]];
    Grid::new([256, 256, 160], Affine::from_rows(rows))
}

/// The CT's grid, but turned 20° about S and 15° about R: an oblique acquisition.
pub fn oblique_ct_grid() -> Grid {
    let (s, c) = sin_cos(20_f64.to_radians());
    let (t, d) = sin_cos(15_f64.to_radians());
    let turn: Affine<Ras, Ras> =
        Affine::from_rows([[c, -s * d, s * t, 0.0], [s, c * d, -c * t, 0.0], [0.0, t, d, 0.0]]);
    let grid = ct_grid();
    Grid::new(grid.dims(), grid.ijk_to_ras().then(&turn))
}

/// The grid of the MR: coronal, 2 mm pixels, 3 mm slices.
pub fn mr_grid() -> Grid {
    let rows = [[-2.0, 0.0, 0.0, 191.0], [0.0, 0.0, 3.0, -130.0], [0.0, -2.0, 0.0, 150.0]];
    Grid::new([192, 160, 88], Affine::from_rows(rows))
}

/// The torso: chest and upper abdomen, arms raised out of the way.
pub fn torso() -> Anatomy {
    let mut body = Anatomy::default();
    trunk(&mut body);
    lungs(&mut body);
    abdomen(&mut body);
    heart_and_vessels(&mut body);
    spine(&mut body);
    rib_cage(&mut body);
    body
}

/// Sine and cosine, the same on every machine.
fn sin_cos(angle: f64) -> (f64, f64) {
    (libm::sin(angle), libm::cos(angle))
}

fn ball(center: [f64; 3], radii: [f64; 3]) -> Shape {
    leaning(center, radii, [0.0, 0.0])
}

fn leaning(center: [f64; 3], radii: [f64; 3], lean: [f64; 2]) -> Shape {
    Shape::Ball(Ball::new(Point::from_array(center), radii, lean))
}

fn tube(spine: &[([f64; 3], f64)]) -> Shape {
    Shape::Tube(Tube {
        spine: spine.iter().map(|&(p, r)| (Point::from_array(p), r)).collect(),
        flatness: 1.0,
    })
}

fn both(a: Shape, b: Shape) -> Shape {
    Shape::Both(Box::new(a), Box::new(b))
}

fn without(a: Shape, b: Shape) -> Shape {
    Shape::Without(Box::new(a), Box::new(b))
}

fn profile(inset: f64) -> Shape {
    let profile = vec![
        [-220.0, 148.0, 108.0],
        [-120.0, 152.0, 112.0],
        [-20.0, 164.0, 118.0],
        [60.0, 168.0, 116.0],
        [110.0, 160.0, 102.0],
        [150.0, 96.0, 82.0],
        [175.0, 62.0, 70.0],
    ];
    Shape::Trunk { profile, inset }
}

/// The space inside the ribs.
fn cavity(inset: f64) -> Shape {
    let profile = vec![
        [-220.0, 118.0, 70.0],
        [-110.0, 126.0, 82.0],
        [-20.0, 130.0, 88.0],
        [60.0, 112.0, 76.0],
        [110.0, 72.0, 56.0],
        [140.0, 34.0, 36.0],
    ];
    Shape::Trunk { profile, inset }
}

fn trunk(body: &mut Anatomy) {
    body.add(Tissue::Skin, profile(0.0));
    body.add(Tissue::Fat, profile(2.5));
    body.add(Tissue::Muscle, profile(16.0));
    // Back muscles, breast muscles and the fat around the organs.
    body.add(Tissue::Fat, cavity(-1.0));
    for side in [-1.0, 1.0] {
        body.add(Tissue::Muscle, ball([side * 28.0, -78.0, 0.0], [26.0, 17.0, 260.0]));
        let chest = leaning([side * 62.0, 88.0, 62.0], [52.0, 13.0, 46.0], [side * 0.35, 0.1]);
        body.add(Tissue::Muscle, both(chest, profile(9.0)));
    }
}

/// The dome of the diaphragm under a lung: everything below it is abdomen.
fn dome(side: f64) -> Shape {
    ball([side * 62.0, -2.0, -150.0], [74.0, 84.0, if side > 0.0 { 112.0 } else { 100.0 }])
}

fn lungs(body: &mut Anatomy) {
    for side in [-1.0, 1.0] {
        let outline =
            both(leaning([side * 70.0, -6.0, 6.0], [58.0, 82.0, 150.0], [side * 0.18, 0.0]), cavity(3.0));
        body.add(Tissue::Lung, without(outline, dome(side)));
        let hilum = Point::new(side * 24.0, -6.0, 14.0);
        for branch in 0..9_u64 {
            let seed = branch * 7919 + if side > 0.0 { 1 } else { 2 };
            let up = -1.1 + 2.2 * (branch as f64 + 0.5) / 9.0;
            let turn = (uniform(seed) - 0.5) * 2.4;
            let direction = {
                let ((su, cu), (st, ct)) = (sin_cos(up), sin_cos(turn));
                Vector::new(side * cu * ct, cu * st, su)
            };
            vessel_tree(body, hilum, direction, 4.2, 30.0, 5, seed.wrapping_mul(0x5851), side);
        }
    }
    body.add(Tissue::Muscle, tube(&[([0.0, -14.0, 170.0], 11.5), ([0.0, -16.0, 34.0], 11.0)]));
    body.add(Tissue::Air, tube(&[([0.0, -14.0, 170.0], 9.0), ([0.0, -16.0, 34.0], 8.5)]));
    for side in [-1.0, 1.0] {
        let bronchus = [
            ([0.0, -16.0, 36.0], 7.0),
            ([side * 26.0, -14.0, 12.0], 5.5),
            ([side * 46.0, -18.0, -10.0], 3.0),
        ];
        body.add(Tissue::Muscle, tube(&bronchus.map(|(p, r)| (p, r + 1.5))));
        body.add(Tissue::Air, tube(&bronchus));
    }
}

/// A branching vessel of the lung, as far as it stays inside.
#[allow(clippy::too_many_arguments, reason = "a recursion over one vessel's state")]
fn vessel_tree(
    body: &mut Anatomy,
    from: Point<Ras>,
    direction: Vector<Ras>,
    radius: f64,
    length: f64,
    depth: u32,
    seed: u64,
    side: f64,
) {
    let to = from + direction * length;
    let inside = cavity(9.0).distance(to) < 0.0 && dome(side).distance(to) > 4.0 && to.x() * side > 8.0;
    if !inside || depth == 0 {
        return;
    }
    let shape = Shape::Tube(Tube { spine: vec![(from, radius), (to, radius * 0.78)], flatness: 1.0 });
    body.add(Tissue::Blood, shape);
    for child in 0..2_u64 {
        let seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(child * 2 + 1);
        let bend = |n: u64| (uniform(seed ^ n << 20) - 0.5) * 1.5;
        let turned = direction + Vector::new(bend(1), bend(2), bend(3));
        if let Some(direction) = turned.normalized() {
            vessel_tree(body, to, direction, radius * 0.74, length * 0.8, depth - 1, seed, side);
        }
    }
}

fn abdomen(body: &mut Anatomy) {
    let liver = both(
        without(
            ball([52.0, 6.0, -112.0], [82.0, 72.0, 66.0]),
            ball([-44.0, -30.0, -190.0], [96.0, 90.0, 76.0]),
        ),
        cavity(4.0),
    );
    body.add(Tissue::Liver, liver);
    for (from, to, radius) in [
        ([8.0, -10.0, -130.0], [60.0, 10.0, -108.0], 5.0),
        ([60.0, 10.0, -108.0], [96.0, -12.0, -96.0], 3.5),
        ([60.0, 10.0, -108.0], [92.0, 36.0, -120.0], 3.0),
        ([12.0, -22.0, -84.0], [54.0, -18.0, -92.0], 4.0),
    ] {
        body.add(Tissue::Spleen, tube(&[(from, radius), (to, radius * 0.7)]));
    }
    body.add(Tissue::Lesion, ball(LESION.center, [LESION.radius; 3]));
    body.add(
        Tissue::Spleen,
        both(leaning([-92.0, -36.0, -112.0], [24.0, 36.0, 50.0], [-0.2, 0.3]), cavity(4.0)),
    );
    body.add(Tissue::Muscle, leaning([-48.0, 34.0, -118.0], [42.0, 34.0, 44.0], [-0.4, 0.0]));
    let stomach = leaning([-48.0, 34.0, -118.0], [38.0, 30.0, 40.0], [-0.4, 0.0]);
    body.add(Tissue::Fluid, stomach.clone());
    // Air rises to the front of someone lying on the back.
    body.add(Tissue::Air, both(stomach, ball([-48.0, 148.0, -118.0], [100.0, 100.0, 100.0])));
    for side in [-1.0, 1.0] {
        let center = [side * 58.0, -46.0, -168.0];
        body.add(Tissue::Spleen, leaning(center, [25.0, 22.0, 52.0], [side * -0.25, 0.2]));
        body.add(Tissue::Fat, leaning([side * 48.0, -42.0, -168.0], [11.0, 9.0, 24.0], [side * -0.25, 0.2]));
    }
}

fn heart_and_vessels(body: &mut Anatomy) {
    let lean = [-0.75, 0.5];
    body.add(Tissue::Fat, leaning([-18.0, 30.0, -34.0], [58.0, 46.0, 60.0], lean));
    body.add(Tissue::Myocardium, leaning([-18.0, 30.0, -34.0], [53.0, 41.0, 55.0], lean));
    body.add(Tissue::ContrastBlood, leaning([-36.0, 24.0, -40.0], [22.0, 20.0, 38.0], lean));
    body.add(Tissue::Blood, leaning([4.0, 42.0, -42.0], [22.0, 20.0, 34.0], lean));
    body.add(Tissue::Blood, ball([28.0, 18.0, -18.0], [22.0, 24.0, 30.0]));
    body.add(Tissue::ContrastBlood, ball([-12.0, -8.0, -10.0], [30.0, 18.0, 24.0]));
    // Pulmonary trunk and arteries, superior and inferior vena cava.
    body.add(Tissue::Blood, tube(&[([-6.0, 44.0, -6.0], 14.0), ([-16.0, 20.0, 26.0], 13.0)]));
    body.add(
        Tissue::Blood,
        tube(&[([-16.0, 20.0, 26.0], 11.0), ([-36.0, -4.0, 20.0], 8.0), ([-52.0, -14.0, 10.0], 5.0)]),
    );
    body.add(
        Tissue::Blood,
        tube(&[([-16.0, 18.0, 26.0], 11.0), ([18.0, 4.0, 20.0], 10.0), ([44.0, -6.0, 8.0], 6.0)]),
    );
    body.add(Tissue::Blood, tube(&[([28.0, 14.0, 8.0], 9.5), ([26.0, 14.0, 90.0], 9.0)]));
    body.add(Tissue::Blood, tube(&[([26.0, 4.0, -40.0], 11.0), ([20.0, -20.0, -200.0], 11.0)]));
    // The aorta: up from the left ventricle, over the arch, and down beside the spine.
    let mut aorta = vec![([-14.0, 26.0, -14.0], 15.0), ([4.0, 30.0, 18.0], 15.0), ([8.0, 24.0, 48.0], 14.5)];
    for step in 0..=6 {
        let (sine, cosine) = sin_cos(PI * f64::from(step) / 6.0);
        aorta.push(([8.0 - 14.0 * (1.0 - cosine), 22.0 - 27.0 * (1.0 - cosine), 54.0 + 22.0 * sine], 14.0));
    }
    aorta.extend([
        ([-22.0, -38.0, 20.0], 12.5),
        ([-16.0, -42.0, -60.0], 11.5),
        ([-8.0, -38.0, -140.0], 10.5),
        ([-6.0, -36.0, -210.0], 10.0),
    ]);
    body.add(Tissue::Muscle, tube(&aorta.iter().map(|&(p, r)| (p, r + 1.5)).collect::<Vec<_>>()));
    body.add(Tissue::ContrastBlood, tube(&aorta));
    for branch in [
        [([4.0, 12.0, 70.0], 6.5), ([22.0, 8.0, 104.0], 5.5), ([30.0, 2.0, 168.0], 4.0)],
        [([-8.0, -2.0, 74.0], 4.5), ([-22.0, 0.0, 110.0], 4.0), ([-28.0, -2.0, 168.0], 3.5)],
        [([-16.0, -18.0, 72.0], 5.0), ([-44.0, -14.0, 112.0], 4.5), ([-92.0, -10.0, 118.0], 4.0)],
        [([-8.0, -28.0, -128.0], 4.0), ([2.0, -8.0, -134.0], 3.5), ([34.0, 0.0, -130.0], 2.5)],
        [([-6.0, -38.0, -164.0], 3.5), ([22.0, -38.0, -166.0], 3.0), ([42.0, -42.0, -168.0], 2.5)],
        [([-8.0, -38.0, -164.0], 3.5), ([-26.0, -40.0, -166.0], 3.0), ([-42.0, -42.0, -168.0], 2.5)],
    ] {
        body.add(Tissue::ContrastBlood, tube(&branch));
    }
}

/// Height and depth of the middle of vertebra number `n`, from the lowest: the thoracic spine bends backwards.
fn vertebra(n: usize) -> (f64, f64) {
    let z = -206.0 + 25.5 * n as f64;
    let t = (z + 20.0) / 180.0;
    (z, -56.0 + 10.0 * t * t)
}

const VERTEBRAE: usize = 15;

fn spine(body: &mut Anatomy) {
    for n in 0..VERTEBRAE {
        let (z, y) = vertebra(n);
        let size = 1.12 - 0.022 * n as f64;
        let (wide, deep) = (21.0 * size, 16.0 * size);
        body.add(Tissue::Cartilage, ball([0.0, y, z + 12.75], [wide * 0.95, deep * 0.95, 5.5]));
        // A vertebral body has flat ends: an ellipsoid cut by a slab.
        let slab = |inset: f64| ball([0.0, y, z], [90.0, 90.0, 10.2 - inset]);
        let block = |inset: f64| both(ball([0.0, y, z], [wide - inset, deep - inset, 27.0]), slab(inset));
        body.add(Tissue::Cortex, block(0.0));
        body.add(Tissue::Marrow, block(1.6));
        let arch = y - deep - 7.0;
        for side in [-1.0, 1.0] {
            let pedicle = [
                ([side * 12.0 * size, y - deep * 0.7, z + 2.0], 4.5),
                ([side * 13.0 * size, arch, z], 5.0),
                ([0.0, arch - 7.0, z - 4.0], 4.5),
            ];
            let process =
                [([side * 13.0 * size, arch, z], 5.0), ([side * 34.0 * size, arch - 7.0, z + 1.0], 4.0)];
            bone(body, tube, &pedicle, 1.8);
            bone(body, tube, &process, 1.5);
        }
        bone(body, tube, &[([0.0, arch - 7.0, z - 4.0], 4.5), ([0.0, arch - 23.0, z - 18.0], 3.6)], 1.4);
        body.add(
            Tissue::Fluid,
            tube(&[([0.0, y - deep - 7.0, z - 13.0], 7.0), ([0.0, y - deep - 7.0, z + 13.0], 7.0)]),
        );
    }
}

/// Segments in one piece of a bone.
const PIECE: usize = 2;

/// Bone along a line: marrow inside a cortex of the given thickness.
fn bone(
    body: &mut Anatomy,
    shape: impl Fn(&[([f64; 3], f64)]) -> Shape,
    spine: &[([f64; 3], f64)],
    cortex: f64,
) {
    // Short pieces have tight boxes, so that few voxels ask for their distance.
    let pieces = || (0..spine.len() - 1).step_by(PIECE).map(|n| &spine[n..spine.len().min(n + PIECE + 1)]);
    for piece in pieces() {
        body.add(Tissue::Cortex, shape(piece));
    }
    for piece in pieces() {
        let inner: Vec<([f64; 3], f64)> = piece.iter().map(|&(p, r)| (p, r - cortex)).collect();
        body.add(Tissue::Marrow, shape(&inner));
    }
}

fn rib_cage(body: &mut Anatomy) {
    let flat = |spine: &[([f64; 3], f64)]| {
        Shape::Tube(Tube {
            spine: spine.iter().map(|&(p, r)| (Point::from_array(p), r)).collect(),
            flatness: 0.62,
        })
    };
    for rib in 0..11 {
        let (z, y) = vertebra(VERTEBRAE - 1 - rib);
        let t = rib as f64;
        // How far round the chest the bone reaches, from the spine: the lower ribs end earlier.
        let reach = if rib < 7 { 0.80 } else { 0.80 - 0.10 * (t - 6.0) };
        let drop = 26.0 + 7.0 * t.min(7.0);
        for side in [-1.0, 1.0] {
            let place = |u: f64| -> [f64; 3] {
                let (sine, cosine) = sin_cos(u * PI);
                let height = z + 4.0 - drop * (1.0 - cosine) * 0.55;
                let (wide, deep) = rib_axes(height);
                let back = y - 12.0;
                let round = [side * wide * libm::pow(sine, 0.8), -deep * cosine, height];
                // Near the spine the rib leaves the vertebra before it bends round.
                let blend = (u / 0.16).min(1.0);
                [
                    side * 18.0 * (1.0 - blend) + round[0] * blend,
                    back * (1.0 - blend) + round[1] * blend,
                    height,
                ]
            };
            let along = |from: f64, to: f64, radius: f64| -> Vec<([f64; 3], f64)> {
                (0..=18).map(|n| (place(from + (to - from) * f64::from(n) / 18.0), radius)).collect()
            };
            let radius = if rib == 0 { 4.4 } else { 4.9 };
            bone(body, flat, &along(0.02, reach, radius), 1.3);
            if rib < 7 {
                let mut cartilage = along(reach, 0.92, radius - 0.4);
                cartilage.push(([side * 13.0, front(t), sternum_height(t)], radius - 0.6));
                cartilage
                    .windows(3)
                    .step_by(PIECE)
                    .for_each(|piece| body.add(Tissue::Cartilage, flat(piece)));
            }
        }
    }
    let sternum = [
        ([0.0, front(-0.6), 84.0], 9.0),
        ([0.0, front(1.0), 58.0], 9.5),
        ([0.0, front(6.0), -44.0], 9.0),
        ([0.0, front(6.5), -64.0], 4.0),
    ];
    // A board flattened front to back by what lies between two surfaces.
    let board = |inset: f64| {
        let long: Vec<([f64; 3], f64)> = sternum.iter().map(|&(p, r)| (p, 2.0 * (r - inset))).collect();
        both(tube(&long), without(cavity(-16.0 + inset), cavity(-6.0 - inset)))
    };
    body.add(Tissue::Cortex, board(0.0));
    body.add(Tissue::Marrow, board(1.4));
    for side in [-1.0, 1.0] {
        let clavicle: Vec<([f64; 3], f64)> = (0..=12)
            .map(|n| {
                let u = f64::from(n) / 12.0;
                (
                    [side * (16.0 + 104.0 * u), 46.0 - 38.0 * u + 9.0 * libm::sin(u * TAU), 92.0 + 26.0 * u],
                    5.6,
                )
            })
            .collect();
        bone(body, tube, &clavicle, 1.7);
        // The shoulder blade: a thin shell behind the ribs.
        let blade = both(
            leaning([side * 84.0, -78.0, 66.0], [38.0, 60.0, 62.0], [side * 0.3, 0.0]),
            without(profile(17.0), profile(21.5)),
        );
        body.add(Tissue::Cortex, blade);
    }
}

/// Half axes of the rib cage at height `z`, to the middle of the ribs.
fn rib_axes(z: f64) -> (f64, f64) {
    let t = ((z - 130.0) / 210.0).clamp(-1.0, 0.0);
    let wide = 58.0 + 80.0 * (1.0 - (1.0 + t).powi(3));
    let deep = 50.0 + 46.0 * (1.0 - (1.0 + t).powi(2));
    (wide.min(137.0), deep.min(92.0))
}

/// Depth of the breastbone beside rib `t`.
fn front(t: f64) -> f64 {
    62.0 + 26.0 * ((t + 1.0) / 7.0).clamp(0.0, 1.0)
}

fn sternum_height(t: f64) -> f64 {
    80.0 - 20.5 * t
}
