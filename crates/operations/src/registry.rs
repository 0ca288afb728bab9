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
    /// What it says about itself.
    pub declaration: fn() -> Declaration,
    /// Runs it.
    pub run: fn(Arguments, &Progress) -> Result<Results, OperationError>,
}

const fn entry<T: Operation>() -> Entry {
    Entry { declaration: T::declaration, run: run::<T> }
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

/// All operations, by family.
pub static OPERATIONS: &[Entry] = &[
    entry::<filters::resample::Resample>(),
    entry::<segmentation::threshold::Threshold>(),
    entry::<segmentation::largest_island::LargestIsland>(),
    entry::<surface::extract_surface::ExtractSurface>(),
    entry::<measure::statistics::Statistics>(),
];

/// The operation called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    OPERATIONS.iter().find(|entry| (entry.declaration)().name == name)
}
