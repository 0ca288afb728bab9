//! The one place where an operation is declared.

use serde_json::Value as Json;

use crate::declaration::Declaration;
use crate::parameter::ParameterError;
use crate::progress::Progress;
use crate::registry::{Arguments, OperationError, Results};

/// What [`operation!`](crate::operation) writes for an operation.
pub trait Declared: Default {
    /// The data that it works on.
    type Inputs;
    /// The data and numbers that it makes.
    type Outputs;

    /// Its kebab-case name.
    const NAME: &'static str;

    /// What the operation says about itself.
    fn declaration() -> Declaration;

    /// Sets a parameter by its kebab-case name.
    ///
    /// # Errors
    /// [`ParameterError`] for an unknown name, a value of the wrong type or out of range.
    fn set(&mut self, name: &str, value: &Json) -> Result<(), ParameterError>;

    /// All parameters by name, as JSON.
    fn parameters(&self) -> serde_json::Map<String, Json>;

    /// Takes the inputs out of untyped arguments.
    ///
    /// # Errors
    /// [`OperationError::Input`] where one is absent or of the wrong kind.
    fn inputs(arguments: &mut Arguments) -> Result<Self::Inputs, OperationError>;

    /// Makes untyped results of the outputs.
    fn results(outputs: Self::Outputs) -> Results;
}

/// An operation: typed parameters, and one `run`.
pub trait Operation: Declared {
    /// Runs it.
    ///
    /// # Errors
    /// [`OperationError`], as each operation says.
    fn run(&self, inputs: Self::Inputs, progress: &Progress) -> Result<Self::Outputs, OperationError>;
}

/// Declares an operation: a documented struct of parameters, with inputs, outputs and values beside it.
///
/// Writes the struct (with its defaults), `Inputs`, `Outputs` and [`Declared`]; the module adds [`Operation`]:
///
/// ```
/// use microtome_image::Image;
/// use microtome_operations::{Operation, OperationError, Progress, operation};
///
/// operation! {
///     /// Multiplies every voxel by a factor.
///     pub struct Scale("scale", "Scale", "filters");
///     inputs {
///         /// The volume to scale.
///         input: Image,
///     }
///     parameters {
///         /// What every voxel is multiplied by.
///         factor: f64 = 1.0, minimum 0.0, unit "1";
///     }
///     outputs {
///         /// The scaled volume.
///         output: Image,
///     }
///     values {}
///     example "Every value is doubled" {
///         inputs { "input": { "dimensions": [3, 1, 1], "values": [0, 1, 2.5] } }
///         parameters { "factor": 2 }
///         gives { "output": { "values": [0, 2, 5] } }
///     }
/// }
///
/// impl Operation for Scale {
///     fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
///         progress.report(0.0)?;
///         let image = inputs.input;
///         let scaled = image.array().rescale(self.factor, 0.0, image.scalar_type());
///         Ok(Outputs { output: image.with_array(scaled)? })
///     }
/// }
/// ```
#[macro_export]
macro_rules! operation {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident($kebab:literal, $title:literal, $category:literal);
        inputs { $($(#[doc = $in_doc:literal])* $in_name:ident: $in_type:ty,)* }
        parameters { $($(#[doc = $p_doc:literal])* $p_name:ident: $p_type:ty = $p_default:expr
            $(, minimum $min:literal)? $(, maximum $max:literal)? $(, unit $unit:literal)?;)* }
        outputs { $($(#[doc = $out_doc:literal])* $out_name:ident: $out_type:ty,)* }
        values { $($(#[doc = $v_doc:literal])* $v_name:ident: $v_type:ty,)* }
        example $example:literal { inputs $e_inputs:tt parameters $e_parameters:tt gives $e_gives:tt }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $p_doc])* pub $p_name: $p_type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($p_name: $p_default,)* }
            }
        }

        /// What the operation works on.
        #[derive(Clone, Debug)]
        pub struct Inputs {
            $($(#[doc = $in_doc])* pub $in_name: $in_type,)*
        }

        /// What the operation makes.
        #[derive(Clone, Debug)]
        pub struct Outputs {
            $($(#[doc = $out_doc])* pub $out_name: $out_type,)*
            $($(#[doc = $v_doc])* pub $v_name: $v_type,)*
        }

        impl $crate::Declared for $name {
            type Inputs = Inputs;
            type Outputs = Outputs;

            const NAME: &'static str = $kebab;

            fn declaration() -> $crate::Declaration {
                #[allow(unused_imports, reason = "an operation without parameters does not use them")]
                use $crate::{Datum, ParameterValue};
                use $crate::__declare::{kebab, text};
                $crate::Declaration {
                    name: $kebab,
                    title: $title,
                    category: $category,
                    description: text(&[$($doc),*]),
                    inputs: vec![$($crate::Input {
                        name: kebab(stringify!($in_name)),
                        kind: <$in_type as Datum>::KIND,
                        required: <$in_type as Datum>::REQUIRED,
                        description: text(&[$($in_doc),*]),
                    }),*],
                    parameters: vec![$($crate::Parameter {
                        name: kebab(stringify!($p_name)),
                        kind: <$p_type as ParameterValue>::TYPE,
                        unit: $crate::__declare::first(&[$($unit)?]),
                        default: <$p_type as ParameterValue>::to_json(&$p_default),
                        minimum: $crate::__declare::first(&[$(f64::from($min))?]),
                        maximum: $crate::__declare::first(&[$(f64::from($max))?]),
                        description: text(&[$($p_doc),*]),
                    }),*],
                    outputs: vec![$($crate::Output {
                        name: kebab(stringify!($out_name)),
                        kind: <$out_type as Datum>::KIND,
                        description: text(&[$($out_doc),*]),
                    }),*],
                    values: vec![$($crate::Value {
                        name: kebab(stringify!($v_name)),
                        kind: <$v_type as ParameterValue>::TYPE,
                        description: text(&[$($v_doc),*]),
                    }),*],
                    example: $crate::Example {
                        title: $example,
                        inputs: $crate::__declare::json!($e_inputs),
                        parameters: $crate::__declare::json!($e_parameters),
                        gives: $crate::__declare::json!($e_gives),
                    },
                }
            }

            #[allow(unused_variables, reason = "an operation without parameters does not use them")]
            fn set(&mut self, name: &str, value: &serde_json::Value) -> Result<(), $crate::ParameterError> {
                $(if name == $crate::__declare::kebab(stringify!($p_name)) {
                    let bounds = (
                        $crate::__declare::first(&[$(f64::from($min))?]),
                        $crate::__declare::first(&[$(f64::from($max))?]),
                    );
                    self.$p_name = $crate::__declare::checked(name, value, bounds)?;
                    return Ok(());
                })*
                Err($crate::__declare::unknown::<Self>(name, value))
            }

            fn parameters(&self) -> serde_json::Map<String, serde_json::Value> {
                serde_json::Map::from_iter([$((
                    $crate::__declare::kebab(stringify!($p_name)),
                    $crate::ParameterValue::to_json(&self.$p_name),
                )),*])
            }

            #[allow(unused_variables, reason = "an operation without inputs does not use them")]
            fn inputs(arguments: &mut $crate::Arguments) -> Result<Inputs, $crate::OperationError> {
                Ok(Inputs { $($in_name: arguments.take(&$crate::__declare::kebab(stringify!($in_name)))?,)* })
            }

            #[allow(unused_variables, reason = "an operation without outputs does not use them")]
            fn results(outputs: Outputs) -> $crate::Results {
                let mut results = $crate::Results::default();
                $(results.put(&$crate::__declare::kebab(stringify!($out_name)), outputs.$out_name);)*
                $(results.values.insert(
                    $crate::__declare::kebab(stringify!($v_name)),
                    $crate::ParameterValue::to_json(&outputs.$v_name),
                );)*
                results
            }
        }
    };
}

/// What the expansion of [`operation!`](crate::operation) calls.
#[doc(hidden)]
pub mod support {
    use serde_json::Value as Json;
    pub use serde_json::json;

    use super::Declared;
    use crate::parameter::{ParameterError, ParameterValue};

    /// `some_name` as `some-name`, and `r#type` as `type`.
    pub fn kebab(name: &str) -> String {
        name.trim_start_matches("r#").replace('_', "-")
    }

    /// Doc comment lines as paragraphs: lines of one paragraph joined by blanks.
    pub fn text(lines: &[&str]) -> String {
        let paragraphs = lines.split(|line| line.trim().is_empty());
        let joined = paragraphs.map(|p| p.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "));
        joined.collect::<Vec<_>>().join("\n\n")
    }

    /// The only item of a list of at most one.
    pub fn first<T: Copy>(items: &[T]) -> Option<T> {
        items.first().copied()
    }

    /// A parameter's value, of the right type and within its bounds.
    pub fn checked<T: ParameterValue>(
        name: &str,
        value: &Json,
        (minimum, maximum): (Option<f64>, Option<f64>),
    ) -> Result<T, ParameterError> {
        let error = |why: String| ParameterError { name: name.to_owned(), value: value.to_string(), why };
        let parsed = T::from_json(value).map_err(error)?;
        for n in parsed.numbers() {
            if let Some(minimum) = minimum.filter(|m| n < *m) {
                return Err(error(format!("it must be at least {minimum}")));
            }
            if let Some(maximum) = maximum.filter(|m| n > *m) {
                return Err(error(format!("it must be at most {maximum}")));
            }
        }
        Ok(parsed)
    }

    /// The error for a name that no parameter has.
    pub fn unknown<T: Declared>(name: &str, value: &Json) -> ParameterError {
        let names: Vec<String> = T::declaration().parameters.into_iter().map(|p| p.name).collect();
        let why = match names.as_slice() {
            [] => "the operation has no parameters".to_owned(),
            names => format!("the operation has no such parameter; it has {}", names.join(", ")),
        };
        ParameterError { name: name.to_owned(), value: value.to_string(), why }
    }
}
