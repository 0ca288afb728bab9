//! Vector to scalar: one number for each voxel of several.

use microtome_image::{Array, Image, Meaning, Scalar, with_values};

use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{choice, operation};

choice! {
    /// How one number is made of several.
    pub enum Conversion {
        /// Brightness of a colour: 0.2125 red, 0.7154 green, 0.0721 blue.
        Luminance = "luminance",
        /// The mean.
        Average = "average",
        /// One of them.
        SingleComponent = "single-component",
        /// The length of the vector.
        Magnitude = "magnitude",
    }
}

operation! {
    /// Makes a scalar volume of one with several values a voxel: colours, vectors.
    pub struct VectorToScalar("vector-to-scalar", "Vector to scalar", "filters");
    inputs {
        /// The volume with several values a voxel.
        input: Image,
    }
    parameters {
        /// How one number is made: the brightness of a colour, the mean, one of the values, or the length of the vector.
        method: Conversion = Conversion::Luminance;
        /// Which value "single-component" takes, counted from 0.
        component: u32 = 0;
    }
    outputs {
        /// The scalar volume, of the same type; `float32` or `float64` for the length of a vector.
        output: Image,
    }
    values {}
    example "Brightness of red, green and blue" {
        inputs { "input": { "dimensions": [3, 1, 1], "components": 3, "type": "uint8",
            "values": [100, 0, 0, 0, 100, 0, 0, 0, 100] } }
        parameters {}
        gives { "output": { "type": "uint8", "components": 1, "values": [21, 72, 7] } }
    }
}

impl Operation for VectorToScalar {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let components = image.components();
        let component = self.component as usize;
        if self.method == Conversion::SingleComponent && component >= components {
            let why = format!("the volume has {components} values a voxel");
            return Err(crate::parameter_error("component", &self.component, &why).into());
        }
        if self.method == Conversion::Luminance && components < 3 {
            let why = format!("red, green and blue are needed, but it has {components} values a voxel");
            return Err(OperationError::Input { name: "input".to_owned(), why });
        }
        let array = with_values!(image.array(), values => {
            convert(values, components, self.method, component, progress)?
        });
        Ok(Outputs { output: Image::new(*image.grid(), 1, image.frames(), Meaning::Scalar, array)? })
    }
}

fn convert<T: Scalar>(
    values: &[T],
    components: usize,
    method: Conversion,
    component: usize,
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<microtome_image::Buffer<T>>,
{
    let count = values.len() / components;
    if method == Conversion::Magnitude {
        let lengths = pointwise::fill::<f64>(count, progress, |range, out| {
            let voxels = values[range.start * components..range.end * components].chunks_exact(components);
            for (out, voxel) in out.iter_mut().zip(voxels) {
                *out = voxel.iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>().sqrt();
            }
        })?;
        let lengths = Array::Float64(lengths);
        let wide = T::TYPE.size() == 8 || (T::TYPE.is_integer() && T::TYPE.size() == 4);
        let narrow = microtome_image::ScalarType::Float32;
        return Ok(if wide { lengths } else { lengths.cast(narrow) });
    }
    let made = pointwise::fill(count, progress, |range, out| {
        let voxels = values[range.start * components..range.end * components].chunks_exact(components);
        for (out, voxel) in out.iter_mut().zip(voxels) {
            let at = |n: usize| voxel[n].to_f64();
            *out = match method {
                Conversion::Luminance => T::from_f64(0.2125 * at(0) + 0.7154 * at(1) + 0.0721 * at(2)),
                Conversion::Average => {
                    T::from_f64(voxel.iter().map(|v| v.to_f64()).sum::<f64>() / components as f64)
                }
                Conversion::SingleComponent | Conversion::Magnitude => voxel[component],
            };
        }
    })?;
    Ok(made.into())
}
