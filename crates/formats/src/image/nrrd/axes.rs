//! What each axis of an NRRD array is: components, one of the three axes of space, or frames.

use microtome_image::Meaning;

use crate::error::Error;

use super::NAME;

/// What an axis is in an [`Image`](microtome_image::Image).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// The values of one voxel.
    Components,
    /// Axis i, j or k.
    Space(usize),
    /// Repetitions of the whole grid.
    Frames,
}

/// The kind that a file gives an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// None given.
    Unknown,
    /// `domain` or `space`.
    Domain,
    /// `time`, `list`, `scalar` or `stub`.
    Frames,
    /// Components of this meaning if they are this many (0: any number).
    Components(Meaning, usize),
}

impl Kind {
    /// The kind of this name; `None` for a name that the format does not have.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        use Kind::{Components, Domain, Frames, Unknown};
        Some(match name.to_ascii_lowercase().as_str() {
            "???" | "none" | "unknown" => Unknown,
            "domain" | "space" => Domain,
            "time" | "list" | "scalar" | "stub" => Frames,
            "complex" => Components(Meaning::Complex, 2),
            "rgb-color" | "3-color" | "rgbcolor" | "3color" => Components(Meaning::Rgb, 3),
            "rgba-color" | "4-color" | "rgbacolor" | "4color" => Components(Meaning::Rgba, 4),
            "hsv-color" | "xyz-color" | "hsvcolor" | "xyzcolor" | "2d-symmetric-matrix" => {
                Components(Meaning::Scalar, 3)
            }
            "vector" => Components(Meaning::SpatialVector, 0),
            "2-vector" | "2vector" => Components(Meaning::Vector, 2),
            "3-vector" | "3vector" => Components(Meaning::Vector, 3),
            "4-vector" | "4vector" => Components(Meaning::Vector, 4),
            "point" => Components(Meaning::Vector, 0),
            "covariant-vector" | "normal" => Components(Meaning::CovariantVector, 0),
            "3-gradient" | "3gradient" | "3-normal" | "3normal" => Components(Meaning::CovariantVector, 3),
            "quaternion" => Components(Meaning::Vector, 4),
            "2d-masked-symmetric-matrix" | "2d-matrix" => Components(Meaning::Vector, 4),
            "2d-masked-matrix" => Components(Meaning::Vector, 5),
            "3d-symmetric-matrix" => Components(Meaning::SymmetricTensor, 6),
            "3d-masked-symmetric-matrix" => Components(Meaning::Vector, 7),
            "3d-matrix" => Components(Meaning::Tensor, 9),
            "3d-masked-matrix" => Components(Meaning::Vector, 10),
            _ => return None,
        })
    }

    /// The kind that the writer gives components of this meaning; `floats` says whether they are floats in a volume.
    pub(super) const fn name_for(meaning: Meaning, components: usize, floats: bool) -> &'static str {
        match (meaning, components) {
            (Meaning::Rgb, 3) => "RGB-color",
            (Meaning::Rgba, 4) => "RGBA-color",
            (Meaning::Complex, 2) => "complex",
            (Meaning::CovariantVector, _) => "covariant-vector",
            (Meaning::SymmetricTensor, 6) => "3D-symmetric-matrix",
            (Meaning::Tensor, 9) => "3D-matrix",
            // Three floats of kind "vector" in a volume are read as a spatial vector.
            (Meaning::Vector | Meaning::Scalar | Meaning::Label, 3) if floats => "3-vector",
            _ => "vector",
        }
    }
}

/// One axis as the header gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) size: usize,
    pub(super) kind: Kind,
    /// Whether the header gives it a direction in space; `None` where the header gives directions to no axis.
    pub(super) directed: Option<bool>,
}

/// A component axis of unknown kind is no longer than this; longer ones are frames.
const MOST_COMPONENTS: usize = 9;

/// What each axis is.
///
/// Axes with a direction are axes of space. Where no axis has one, the first three that are `domain` or `space` are, or
/// (where no axis is said to be such) the first three without a kind. Of the rest, axes of component kinds are components;
/// `list`, `time`, `scalar` and further domain axes are frames; an axis without a kind is components if it is the
/// fastest and short (or, in a diffusion-weighted file, frames), and frames otherwise.
///
/// # Errors
/// [`Error::Unsupported`] for more than three directed axes, or none of space.
pub(super) fn roles(axes: &[Axis], diffusion: bool) -> Result<Vec<Role>, Error> {
    let any_directed = axes.iter().any(|axis| axis.directed == Some(true));
    let any_domain = axes.iter().any(|axis| axis.kind == Kind::Domain);
    let mut space = 0;
    let mut roles = Vec::with_capacity(axes.len());
    for (n, axis) in axes.iter().enumerate() {
        let spatial = if any_directed {
            axis.directed == Some(true)
        } else {
            space < 3 && axis.kind == if any_domain { Kind::Domain } else { Kind::Unknown }
        };
        roles.push(match axis.kind {
            _ if spatial => {
                space += 1;
                Role::Space(space - 1)
            }
            Kind::Components(..) => Role::Components,
            Kind::Unknown if n == 0 && axis.size <= MOST_COMPONENTS && !diffusion => Role::Components,
            Kind::Unknown | Kind::Domain | Kind::Frames => Role::Frames,
        });
    }
    match space {
        0 => Err(Error::Unsupported { format: NAME, what: "an array without any axis of space".to_owned() }),
        1..=3 => Ok(roles),
        _ => Err(Error::Unsupported { format: NAME, what: format!("an array with {space} axes of space") }),
    }
}

/// How an image's axes lie in a file, fastest first, so that a file can be written as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) axes: Vec<(Role, usize)>,
}

impl Layout {
    /// The usual order: components if there are several, i j k, frames if there are several.
    pub(super) fn usual(dims: [usize; 3], components: usize, frames: usize) -> Self {
        let mut axes = Vec::new();
        if components > 1 {
            axes.push((Role::Components, components));
        }
        axes.extend(dims.into_iter().enumerate().map(|(a, size)| (Role::Space(a), size)));
        if frames > 1 {
            axes.push((Role::Frames, frames));
        }
        Self { axes }
    }

    /// The order of diffusion-weighted and segmentation files, whose readers want the frames first.
    pub(super) fn frames_first(mut self) -> Self {
        self.axes.sort_by_key(|(role, _)| *role != Role::Frames);
        self
    }

    /// Sizes, fastest first.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.axes.iter().map(|(_, size)| *size).collect()
    }

    /// Product of the sizes of all axes of one role.
    pub(super) fn size_of(&self, role: Role) -> usize {
        self.axes.iter().filter(|(r, _)| *r == role).fold(1, |n, (_, size)| n.saturating_mul(*size))
    }

    /// Positions of the axes in the order that an image has them: components, i, j, k, frames.
    pub(super) fn image_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|&n| self.axes[n].0);
        order
    }

    /// The words that [`parse`](Self::parse) reads.
    pub(super) fn to_text(&self) -> String {
        let words: Vec<String> = self
            .axes
            .iter()
            .map(|(role, size)| match role {
                Role::Components => format!("components={size}"),
                Role::Space(a) => ["i", "j", "k"][*a].to_owned(),
                Role::Frames => format!("frames={size}"),
            })
            .collect();
        words.join(" ")
    }

    /// The layout that the words say, if an image of these sizes fits it.
    pub(super) fn parse(text: &str, dims: [usize; 3], components: usize, frames: usize) -> Option<Self> {
        let mut axes = Vec::new();
        for word in text.split_whitespace() {
            axes.push(match word.split_once('=') {
                Some(("components", size)) => (Role::Components, size.parse().ok()?),
                Some(("frames", size)) => (Role::Frames, size.parse().ok()?),
                Some(_) => return None,
                None => {
                    let a = ["i", "j", "k"].iter().position(|name| *name == word)?;
                    (Role::Space(a), dims[a])
                }
            });
        }
        let layout = Self { axes };
        let spatial: Vec<usize> = layout
            .image_order()
            .into_iter()
            .filter(|&n| matches!(layout.axes[n].0, Role::Space(_)))
            .collect();
        let in_order = spatial.iter().enumerate().all(|(a, &n)| layout.axes[n].0 == Role::Space(a))
            && spatial.is_sorted();
        let fits = in_order
            && layout.axes.len() <= 16
            && layout.axes.iter().all(|(_, size)| *size > 0)
            && (0..3).all(|a| layout.size_of(Role::Space(a)) == dims[a])
            && layout.size_of(Role::Components) == components
            && layout.size_of(Role::Frames) == frames;
        fits.then_some(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Components, Frames, Space};

    fn of(axes: &[(usize, &str, Option<bool>)], diffusion: bool) -> Vec<Role> {
        let axes: Vec<Axis> = axes
            .iter()
            .map(|&(size, kind, directed)| Axis { size, kind: Kind::from_name(kind).unwrap(), directed })
            .collect();
        roles(&axes, diffusion).unwrap()
    }

    #[test]
    fn axes_find_their_roles() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(
            of(&[(3, "vector", no), (5, "domain", yes), (5, "domain", yes)], false),
            [Components, Space(0), Space(1)]
        );
        assert_eq!(of(&[(7, "list", no), (5, "space", yes), (5, "space", yes)], false)[0], Frames);
        assert_eq!(of(&[(3, "???", None), (5, "domain", None)], false), [Components, Space(0)]);
        assert_eq!(of(&[(3, "???", None), (5, "domain", None)], true), [Frames, Space(0)]);
        let four = [(4, "???", None); 4];
        assert_eq!(of(&four, false), [Space(0), Space(1), Space(2), Frames]);
        assert_eq!(of(&[(30, "???", no), (9, "???", yes), (9, "???", yes)], false)[0], Frames);
        let domains = [(4, "domain", None); 4];
        assert_eq!(of(&domains, false)[3], Frames);
    }

    #[test]
    fn layouts_come_back_from_their_text() {
        let layout = Layout::usual([4, 5, 6], 3, 7).frames_first();
        assert_eq!(layout.to_text(), "frames=7 components=3 i j k");
        assert_eq!(Layout::parse(&layout.to_text(), [4, 5, 6], 3, 7), Some(layout));
        assert_eq!(Layout::parse("i j", [4, 5, 2], 1, 1), None);
        assert_eq!(Layout::parse("j i k", [4, 5, 2], 1, 1), None);
        assert_eq!(Layout::parse("i j frames=0", [4, 5, 1], 1, 1), None);
        assert!(Layout::parse("i j", [4, 5, 1], 1, 1).is_some());
    }
}
