//! The data that operations take and give.

use std::ops::Deref;

use microtome_geometry::Transform;
use microtome_image::{Image, Labels, Meaning};
use microtome_mesh::Mesh;
use microtome_records::{ColorTable, Markups, Segmentation, Table};

/// A kind of data, as faces name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataKind {
    /// An image of scalars, vectors or colours.
    Volume,
    /// An image of labels.
    Labelmap,
    /// Segments, which may overlap.
    Segmentation,
    /// A mesh.
    Model,
    /// A transform.
    Transform,
    /// Control points and what they mark.
    Markups,
    /// A table.
    Table,
}

impl DataKind {
    /// The word used on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Labelmap => "labelmap",
            Self::Segmentation => "segmentation",
            Self::Model => "model",
            Self::Transform => "transform",
            Self::Markups => "markups",
            Self::Table => "table",
        }
    }
}

/// Data of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// An image of scalars, vectors or colours.
    Volume(Image),
    /// An image of labels.
    Labelmap(Image),
    /// Segments, which may overlap.
    Segmentation(Box<Segmentation>),
    /// A mesh.
    Model(Mesh),
    /// A transform.
    Transform(Transform),
    /// Control points and what they mark.
    Markups(Box<Markups>),
    /// A table.
    Table(Table),
}

impl Data {
    /// What kind of data this is.
    pub const fn kind(&self) -> DataKind {
        match self {
            Self::Volume(_) => DataKind::Volume,
            Self::Labelmap(_) => DataKind::Labelmap,
            Self::Segmentation(_) => DataKind::Segmentation,
            Self::Model(_) => DataKind::Model,
            Self::Transform(_) => DataKind::Transform,
            Self::Markups(_) => DataKind::Markups,
            Self::Table(_) => DataKind::Table,
        }
    }
}

/// A dense image whose values are labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelImage(Image);

impl LabelImage {
    /// The image, its values now meaning labels.
    pub const fn new(image: Image) -> Self {
        Self(image.with_meaning(Meaning::Label))
    }

    /// The image.
    pub fn into_image(self) -> Image {
        self.0
    }
}

impl Deref for LabelImage {
    type Target = Image;
    fn deref(&self) -> &Image {
        &self.0
    }
}

/// A Rust type that an operation's input or output can have.
pub trait Datum: Sized {
    /// Which kind it is.
    const KIND: DataKind;
    /// Whether an input of this type must be given.
    const REQUIRED: bool = true;

    /// From what was given for an input; `None` if it is of another kind, or not given though required.
    fn from_data(data: Option<Data>) -> Option<Self>;

    /// For an output; `None` for an optional output that was not made.
    fn into_data(self) -> Option<Data>;
}

macro_rules! datum {
    ($($type:ty, $kind:ident, $($given:pat => $from:expr),+; $unwrap:expr;)*) => {$(
        impl Datum for $type {
            const KIND: DataKind = DataKind::$kind;

            fn from_data(data: Option<Data>) -> Option<Self> {
                match data? {
                    $($given => $from,)+
                    _ => None,
                }
            }

            fn into_data(self) -> Option<Data> {
                Some(Data::$kind($unwrap(self)))
            }
        }
    )*};
}

fn same<T>(value: T) -> T {
    value
}

// Every label map is a volume too, any volume of whole numbers can be given as a label map, and label maps and segmentations
// stand for each other.
datum! {
    Image, Volume, Data::Volume(image) | Data::Labelmap(image) => Some(image); same;
    LabelImage, Labelmap,
        Data::Volume(image) | Data::Labelmap(image) => Some(Self::new(image)),
        Data::Segmentation(segmentation) => segmentation.merged().map(Self::new);
        LabelImage::into_image;
    Segmentation, Segmentation,
        Data::Segmentation(segmentation) => Some(*segmentation),
        Data::Volume(image) | Data::Labelmap(image) => {
            Some(Self::from_labels(Labels::from_image(&image).ok()?, &ColorTable::default()))
        };
        Box::new;
    Mesh, Model, Data::Model(mesh) => Some(mesh); same;
    Transform, Transform, Data::Transform(transform) => Some(transform); same;
    Markups, Markups, Data::Markups(markups) => Some(*markups); Box::new;
    Table, Table, Data::Table(table) => Some(table); same;
}

impl<T: Datum> Datum for Option<T> {
    const KIND: DataKind = T::KIND;
    const REQUIRED: bool = false;

    fn from_data(data: Option<Data>) -> Option<Self> {
        match data {
            None => Some(None),
            given => Some(Some(T::from_data(given)?)),
        }
    }

    fn into_data(self) -> Option<Data> {
        self.and_then(T::into_data)
    }
}
