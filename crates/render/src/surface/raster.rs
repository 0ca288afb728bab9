//! Triangles to pixels: which triangle each pixel shows is found first, and only what is seen gets lit.

use rayon::prelude::*;

use super::Surface;
use crate::camera::{Lens, NEAR};
use crate::volume::Highlights;

/// A piece of a surface in a pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment {
    /// Lit colour.
    pub(crate) color: [f32; 3],
    /// Opacity.
    pub(crate) alpha: f32,
    /// Distance along the pixel's ray, mm.
    pub(crate) t: f32,
}

/// What surfaces leave in one row of a picture: for each pixel its fragments from near to far. An opaque fragment is the
/// last one.
pub(crate) type Drawn = Vec<Vec<Fragment>>;

/// Rows that are drawn together.
pub(crate) const STRIP: usize = 16;
/// Triangles that are sorted into strips together.
const CHUNK: usize = 1 << 14;
/// The most translucent layers of a pixel; further ones are left out, the farthest first.
const MOST_LAYERS: usize = 64;

/// A point in the picture: position in 1/256 pixels, nearness (1/distance in perspective, −distance otherwise).
#[derive(Clone, Copy, Debug, Default)]
struct Vertex {
    x: i32,
    y: i32,
    q: f32,
}

/// Positions beyond this many pixels are moved onto it: so far out that it cannot be seen, and products stay exact.
const GUARD: f64 = 1_000_000.0;

/// A triangle in the picture.
#[derive(Clone, Copy, Debug)]
struct Triangle {
    corners: [Vertex; 3],
    /// Surface, and triangle of that surface.
    surface: u32,
    number: u32,
    /// How a corner of a triangle cut off by the near plane follows from the original corners; `None` where nothing is
    /// cut.
    cut: Option<u32>,
}

/// Weights of the original corners at the corners of a triangle that the near plane has cut.
type Cut = [[f32; 3]; 3];

/// All triangles of a view, sorted into strips of rows.
pub(crate) struct Triangles<'a> {
    surfaces: &'a [Surface<'a>],
    chunks: Vec<Chunk>,
    lens: Lens,
    highlights: Vec<Highlights>,
    /// How each surface's normals turn.
    views: Vec<NormalMap>,
}

#[derive(Clone, Copy, Debug)]
struct Corner {
    vertex: Vertex,
    camera: [f32; 3],
}

/// From a normal in a surface's own space to the cosine with the view.
#[derive(Clone, Copy, Debug)]
struct NormalMap {
    /// Rows of the inverse transpose of the surface's transform.
    rows: [[f32; 3]; 3],
    forward: [f32; 3],
}

impl NormalMap {
    fn cosine(&self, normal: [f32; 3]) -> f32 {
        let turned = self.rows.map(|r| r[0] * normal[0] + r[1] * normal[1] + r[2] * normal[2]);
        let length = turned.iter().map(|c| c * c).sum::<f32>().sqrt();
        if length <= 0.0 {
            return 1.0;
        }
        let along: f32 = turned.iter().zip(self.forward).map(|(a, b)| a * b).sum();
        (along.abs() / length).min(1.0)
    }
}

#[derive(Default)]
struct Chunk {
    triangles: Vec<Triangle>,
    cuts: Vec<Cut>,
    /// For each strip the triangles of this chunk that reach into it.
    strips: Vec<Vec<u32>>,
}

fn vertex(lens: &Lens, c: [f64; 3]) -> Vertex {
    let [x, y] = lens.project(c).map(|v| (v.clamp(-GUARD, GUARD) * 256.0).round() as i32);
    Vertex { x, y, q: if lens.perspective { (1.0 / c[2]) as f32 } else { -c[2] as f32 } }
}

/// Projects the surfaces and sorts their triangles.
pub(crate) fn draw<'a>(surfaces: &'a [Surface<'a>], lens: &Lens) -> Triangles<'a> {
    let strips = lens.size()[1].div_ceil(STRIP);
    let corners: Vec<Vec<Corner>> = surfaces
        .iter()
        .map(|s| {
            let corner = |p| {
                let camera = lens.to_camera(s.to_world.apply(p));
                let visible = camera[2] >= NEAR && camera.iter().all(|c| c.is_finite());
                let vertex = if visible { vertex(lens, camera) } else { Vertex::default() };
                Corner { vertex, camera: camera.map(|c| c as f32) }
            };
            s.geometry.points.par_iter().with_min_len(4096).map(|&p| corner(p)).collect()
        })
        .collect();
    let jobs: Vec<(usize, usize)> = surfaces
        .iter()
        .enumerate()
        .filter(|(_, s)| s.opacity > 0.0)
        .flat_map(|(n, s)| (0..s.geometry.triangles.len()).step_by(CHUNK).map(move |first| (n, first)))
        .collect();
    let chunks = jobs
        .into_par_iter()
        .map(|(surface, first)| {
            let all = &surfaces[surface].geometry.triangles;
            let mut chunk = Chunk { strips: vec![Vec::new(); strips], ..Chunk::default() };
            for number in first..(first + CHUNK).min(all.len()) {
                chunk.add(lens, &corners[surface], all[number], surface as u32, number as u32);
            }
            chunk
        })
        .collect();
    let highlights = surfaces.iter().map(|s| {
        let (specular, power) = s.shading.map_or((0.0, 1.0), |s| (s.specular, s.power));
        Highlights::new(specular, power)
    });
    let views = surfaces.iter().map(|s| {
        // Normals turn by the inverse transpose: dot products with the columns of the inverse.
        let inverse = s.to_world.inverse();
        let column = |c: usize| inverse.map_or([0.0; 3], |i| i.column(c).coords().map(|v| v as f32));
        NormalMap {
            rows: [column(0), column(1), column(2)],
            forward: lens.basis.forward.coords().map(|v| v as f32),
        }
    });
    let (highlights, views) = (highlights.collect(), views.collect());
    Triangles { surfaces, chunks, lens: *lens, highlights, views }
}

impl Chunk {
    fn add(&mut self, lens: &Lens, corners: &[Corner], triangle: [u32; 3], surface: u32, number: u32) {
        let c = triangle.map(|p| corners[p as usize]);
        if c.iter().any(|c| c.camera.iter().any(|v| !v.is_finite())) {
            return;
        }
        let in_front = c.map(|c| f64::from(c.camera[2]) >= NEAR);
        if in_front == [true; 3] {
            self.push(lens, Triangle { corners: c.map(|c| c.vertex), surface, number, cut: None });
            return;
        }
        // The polygon that is left in front of the near plane: up to four corners, as weights of the three.
        let mut polygon: Vec<[f32; 3]> = Vec::with_capacity(4);
        for n in 0..3 {
            let next = (n + 1) % 3;
            if in_front[n] {
                polygon.push(std::array::from_fn(|w| f32::from(u8::from(w == n))));
            }
            if in_front[n] != in_front[next] {
                let (a, b) = (c[n].camera[2], c[next].camera[2]);
                let t = ((NEAR as f32 - a) / (b - a)).clamp(0.0, 1.0);
                let mut weights = [0.0; 3];
                (weights[n], weights[next]) = (1.0 - t, t);
                polygon.push(weights);
            }
        }
        for n in 2..polygon.len() {
            let cut: Cut = [polygon[0], polygon[n - 1], polygon[n]];
            let corners = cut.map(|w| {
                let camera: [f64; 3] = std::array::from_fn(|a| {
                    (0..3).map(|n| f64::from(w[n]) * f64::from(c[n].camera[a])).sum()
                });
                vertex(lens, [camera[0], camera[1], camera[2].max(NEAR * 0.5)])
            });
            self.cuts.push(cut);
            let cut = Some(self.cuts.len() as u32 - 1);
            self.push(lens, Triangle { corners, surface, number, cut });
        }
    }

    fn push(&mut self, lens: &Lens, triangle: Triangle) {
        let [width, height] = lens.size();
        let Some((_, rows)) = pixels(&triangle.corners, [width, height]) else { return };
        let index = self.triangles.len() as u32;
        self.triangles.push(triangle);
        for strip in rows.start / STRIP..=(rows.end - 1) / STRIP {
            self.strips[strip].push(index);
        }
    }
}

/// Columns and rows of the pixels whose centres may lie in the triangle; `None` if there are none.
fn pixels(
    corners: &[Vertex; 3],
    size: [usize; 2],
) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let range = |values: [i32; 3], size: usize| {
        let (low, high) = (values.into_iter().min()?, values.into_iter().max()?);
        // Pixel n has its centre at 256 n + 128.
        let first = (low - 128 + 255).div_euclid(256).max(0) as usize;
        let end = ((high - 128).div_euclid(256) + 1).clamp(0, size as i32) as usize;
        (first < end).then_some(first..end)
    };
    Some((range(corners.map(|c| c.x), size[0])?, range(corners.map(|c| c.y), size[1])?))
}

/// Calls `hit` with column, nearness and barycentric weights for each pixel centre of row range `rows` that lies in the
/// triangle.
#[inline(always)]
fn fill(
    t: &[Vertex; 3],
    size: [usize; 2],
    rows: std::ops::Range<usize>,
    mut hit: impl FnMut(usize, usize, f32, [f32; 3]),
) {
    let Some((columns, own)) = pixels(t, size) else { return };
    let cross = |a: &Vertex, b: &Vertex, x: i64, y: i64| {
        (i64::from(b.x) - i64::from(a.x)) * (y - i64::from(a.y))
            - (i64::from(b.y) - i64::from(a.y)) * (x - i64::from(a.x))
    };
    let area = cross(&t[0], &t[1], i64::from(t[2].x), i64::from(t[2].y));
    if area == 0 {
        return;
    }
    let sign = area.signum();
    // A pixel centre on an edge belongs to the triangle to whose left or top the edge is, so that neighbours share none.
    let edge = |a: usize, b: usize| {
        let (dx, dy) =
            ((i64::from(t[b].x) - i64::from(t[a].x)) * sign, (i64::from(t[b].y) - i64::from(t[a].y)) * sign);
        i64::from(!(dy < 0 || dy == 0 && dx > 0))
    };
    let bias = [edge(1, 2), edge(2, 0), edge(0, 1)];
    let inverse = 1.0 / (area * sign) as f32;
    for y in own.start.max(rows.start)..own.end.min(rows.end) {
        let py = y as i64 * 256 + 128;
        for x in columns.clone() {
            let px = x as i64 * 256 + 128;
            let e = [cross(&t[1], &t[2], px, py), cross(&t[2], &t[0], px, py), cross(&t[0], &t[1], px, py)]
                .map(|e| e * sign);
            if e[0] >= bias[0] && e[1] >= bias[1] && e[2] >= bias[2] {
                let w = e.map(|e| e as f32 * inverse);
                hit(x, y, w[0] * t[0].q + w[1] * t[1].q + w[2] * t[2].q, w);
            }
        }
    }
}

/// A pixel's nearest opaque triangle.
#[derive(Clone, Copy)]
struct Seen {
    q: f32,
    chunk: u32,
    triangle: u32,
    weights: [f32; 3],
}

impl Triangles<'_> {
    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The fragments of the rows of strip number `strip`, row by row.
    pub(crate) fn strip(&self, strip: usize) -> Drawn {
        let size = self.lens.size();
        let rows = strip * STRIP..((strip + 1) * STRIP).min(size[1]);
        let count = rows.len() * size[0];
        let none = Seen { q: f32::NEG_INFINITY, chunk: u32::MAX, triangle: 0, weights: [0.0; 3] };
        let mut solid = vec![none; count];
        let mut layers: Vec<Vec<Seen>> = Vec::new();
        let each = |opaque: bool, hit: &mut dyn FnMut(usize, Seen)| {
            for (number, chunk) in self.chunks.iter().enumerate() {
                let Some(first) = chunk.triangles.first() else { continue };
                if (self.surfaces[first.surface as usize].opacity >= 1.0) != opaque {
                    continue;
                }
                for &triangle in &chunk.strips[strip] {
                    let corners = &chunk.triangles[triangle as usize].corners;
                    fill(corners, size, rows.clone(), |x, y, q, weights| {
                        let at = (y - rows.start) * size[0] + x;
                        hit(at, Seen { q, chunk: number as u32, triangle, weights });
                    });
                }
            }
        };
        each(true, &mut |at, seen| {
            if seen.q > solid[at].q {
                solid[at] = seen;
            }
        });
        each(false, &mut |at, seen| {
            if seen.q > solid[at].q {
                if layers.is_empty() {
                    layers = vec![Vec::new(); count];
                }
                let list = &mut layers[at];
                // From near to far; of equally near ones the one drawn first.
                let place = list.partition_point(|l| l.q >= seen.q);
                list.insert(place, seen);
                list.truncate(MOST_LAYERS);
            }
        });
        (0..count)
            .map(|at| {
                let (x, y) = (at % size[0], rows.start + at / size[0]);
                let translucent = layers.get(at).into_iter().flatten();
                let opaque = Some(&solid[at]).filter(|s| s.chunk != u32::MAX);
                translucent.chain(opaque).map(|seen| self.light(seen, x, y)).collect()
            })
            .collect()
    }

    /// The lit fragment of what is seen in a pixel.
    fn light(&self, seen: &Seen, x: usize, y: usize) -> Fragment {
        let chunk = &self.chunks[seen.chunk as usize];
        let triangle = &chunk.triangles[seen.triangle as usize];
        let surface = &self.surfaces[triangle.surface as usize];
        let perspective = self.lens.perspective;
        // Weights in space instead of on the screen.
        let mut weights = seen.weights;
        if perspective {
            let w: [f32; 3] = std::array::from_fn(|n| weights[n] * triangle.corners[n].q);
            let sum = w[0] + w[1] + w[2];
            weights = w.map(|w| w / sum);
        }
        if let Some(cut) = triangle.cut.and_then(|c| chunk.cuts.get(c as usize)) {
            weights = std::array::from_fn(|n| (0..3).map(|corner| weights[corner] * cut[corner][n]).sum());
        }
        let points = surface.geometry.triangles[triangle.number as usize].map(|p| p as usize);
        let blend = |values: [[f32; 3]; 3]| -> [f32; 3] {
            std::array::from_fn(|c| (0..3).map(|n| weights[n] * values[n][c]).sum())
        };
        let color = match surface.vertex_colors {
            Some(colors) => {
                let at = |p: usize| colors.get(p).map_or([0.0; 3], |c| c.map(|v| f32::from(v) / 255.0));
                blend(points.map(at))
            }
            None => surface.color,
        };
        let color = match surface.shading {
            Some(shading) => {
                let normal = blend(points.map(|p| surface.geometry.normals[p]));
                let cosine = self.views[triangle.surface as usize].cosine(normal);
                let lit = shading.ambient + shading.diffuse * cosine;
                let shine = self.highlights[triangle.surface as usize].at(cosine);
                color.map(|c| (c * lit + shine).min(1.0))
            }
            None => color,
        };
        let z = if perspective { 1.0 / seen.q } else { -seen.q };
        let t = self.lens.along_ray(x, y, f64::from(z)) as f32;
        Fragment { color, alpha: surface.opacity.clamp(0.0, 1.0), t }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::{Camera, LookFrom};
    use crate::surface::{Glyphs, SurfaceGeometry};
    use microtome_geometry::{Bounds, Point};

    fn ball() -> SurfaceGeometry {
        let mut glyphs = Glyphs::new();
        glyphs.ball(Point::zero(), 10.0);
        glyphs.finish()
    }

    fn lens(size: [usize; 2]) -> Lens {
        let bounds = Bounds { min: Point::new(-12.0, -12.0, -12.0), max: Point::new(12.0, 12.0, 12.0) };
        Lens::new(&Camera::fitted(LookFrom::Front, &bounds, 1.0), size)
    }

    #[test]
    fn a_translucent_ball_has_two_layers_at_every_pixel() {
        let geometry = ball();
        let surfaces = [Surface { opacity: 0.5, ..Surface::new(&geometry, [1.0; 3]) }];
        let size = [96, 96];
        let triangles = draw(&surfaces, &lens(size));
        let mut covered = 0;
        for strip in 0..size[1].div_ceil(STRIP) {
            for fragments in triangles.strip(strip) {
                // Each ray through a closed surface goes in and out once: no pixel may be missed or hit twice.
                assert!(fragments.is_empty() || fragments.len() == 2, "{}", fragments.len());
                assert!(fragments.is_sorted_by(|a, b| a.t <= b.t));
                covered += usize::from(!fragments.is_empty());
            }
        }
        assert!(covered > 2000, "{covered}");
    }

    #[test]
    fn depth_is_distance_along_the_ray() {
        let geometry = ball();
        let surfaces = [Surface::new(&geometry, [1.0; 3])];
        let lens = lens([97, 97]);
        let triangles = draw(&surfaces, &lens);
        let strip = 48 / STRIP;
        let center = &triangles.strip(strip)[(48 - strip * STRIP) * 97 + 48];
        let (origin, direction) = lens.ray(48, 48);
        let p = origin + direction * f64::from(center[0].t);
        assert!((p.distance(Point::zero()) - 10.0).abs() < 0.25, "{p:?}");
        assert!(p.y() > 9.0);
        assert!(center[0].color[0] > 0.95);
    }

    #[test]
    fn triangles_through_the_eye_are_cut() {
        // A huge floor below the eye, from far in front to far behind it.
        let points =
            [[-1e4, -1e4], [1e4, -1e4], [1e4, 1e4], [-1e4, 1e4]].map(|[x, y]| Point::new(x, y, -50.0));
        let floor = SurfaceGeometry::from_parts(
            points.to_vec(),
            vec![[0.0, 0.0, 1.0]; 4],
            vec![[0, 1, 2], [0, 2, 3]],
        );
        let surfaces = [Surface::new(&floor, [1.0; 3])];
        let triangles = draw(&surfaces, &Lens::new(&Camera::default(), [64, 64]));
        let rows: Vec<usize> = (0..4)
            .flat_map(|s| triangles.strip(s))
            .map(|f| f.len())
            .collect::<Vec<_>>()
            .chunks(64)
            .map(|r| r.iter().sum())
            .collect();
        assert_eq!((rows[0], rows[20], rows[63]), (0, 0, 64), "{rows:?}");
    }
}
