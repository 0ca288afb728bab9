//! All operations by name, callable without knowing their types.

use std::collections::BTreeMap;

use microtome_image::ImageError;
use microtome_mesh::MeshError;
use serde_json::{Map, Value as Json};

use crate::declaration::Declaration;
use crate::declare::Operation;
use crate::parameter::ParameterError;
use crate::progress::{Cancelled, Progress};
use crate::value::{Data, Datum};
use crate::{filters, measure, segmentation, surface};

/// What an operation is called with.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Inputs by kebab-case name.
    pub inputs: BTreeMap<String, Data>,
    /// Parameters by kebab-case name; those not named keep their defaults.
    pub parameters: Map<String, Json>,
}

impl Arguments {
    /// Takes out an input.
    ///
    /// # Errors
    /// [`OperationError::Input`] if it is absent or of another kind.
    pub fn take<T: Datum>(&mut self, name: &str) -> Result<T, OperationError> {
        let given = self.inputs.remove(name);
        let found = given.as_ref().map(|data| data.kind().name());
        T::from_data(given).ok_or_else(|| OperationError::Input {
            name: name.to_owned(),
            why: match found {
                None => format!("a {} is needed", T::KIND.name()),
                Some(found) => format!("a {} is needed, not a {found}", T::KIND.name()),
            },
        })
    }
}

/// What an operation made.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Outputs by kebab-case name.
    pub outputs: BTreeMap<String, Data>,
    /// Values by kebab-case name, in their declared order.
    pub values: Map<String, Json>,
}

impl Results {
    /// Puts in an output, if it was made.
    pub fn put(&mut self, name: &str, output: impl Datum) {
        if let Some(data) = output.into_data() {
            self.outputs.insert(name.to_owned(), data);
        }
    }
}

/// Why an operation did not run to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// An input is absent or cannot be worked on.
    #[error("input \"{name}\": {why}")]
    Input {
        /// The input.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A parameter cannot be.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// It was stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The result would not be an image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The result would not be a mesh.
    #[error(transparent)]
    Mesh(#[from] MeshError),
}

/// One operation in the registry.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its kebab-case name.
    pub name: &'static str,
    /// What it says about itself.
    pub declaration: fn() -> Declaration,
    /// Runs it.
    pub run: fn(Arguments, &Progress) -> Result<Results, OperationError>,
}

impl Entry {
    /// The entry of an operation.
    pub const fn of<T: Operation>() -> Self {
        Self { name: T::NAME, declaration: T::declaration, run: run::<T> }
    }
}

fn run<T: Operation>(mut arguments: Arguments, progress: &Progress) -> Result<Results, OperationError> {
    let mut operation = T::default();
    for (name, value) in &arguments.parameters {
        operation.set(name, value)?;
    }
    let inputs = T::inputs(&mut arguments)?;
    if let Some(name) = arguments.inputs.into_keys().next() {
        return Err(OperationError::Input { name, why: "the operation has no such input".to_owned() });
    }
    Ok(T::results(operation.run(inputs, progress)?))
}

/// The operations of each family.
static FAMILIES: &[&[Entry]] = &[
    filters::OPERATIONS,
    filters::arithmetic::OPERATIONS,
    filters::geometry::OPERATIONS,
    filters::smoothing::OPERATIONS,
    filters::morphology::OPERATIONS,
    filters::edges::OPERATIONS,
    filters::intensity::OPERATIONS,
    segmentation::OPERATIONS,
    segmentation::thresholds::OPERATIONS,
    segmentation::regions::OPERATIONS,
    surface::OPERATIONS,
    measure::OPERATIONS,
];

/// All operations, family by family.
pub fn operations() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().copied().flatten()
}

/// The operation called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    operations().find(|entry| entry.name == name)
}
