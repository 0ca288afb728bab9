//! Image label combine: one label map over another.

use microtome_image::{Array, Buffer, Scalar, ScalarType, with_values};

use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::{require_same_grid, scalar};
use crate::value::LabelImage;

operation! {
    /// Lays the labels of one label map over those of another on the same grid.
    ///
    /// Slicer compares only the sizes of the two; here their geometry has to be the same. The result has a type that holds the
    /// labels of both.
    pub struct ImageLabelCombine("image-label-combine", "Combine label maps", "filters");
    inputs {
        /// The first label map.
        input: LabelImage,
        /// The second label map.
        input2: LabelImage,
    }
    parameters {
        /// Whether labels of the first stand where both have one; else those of the second.
        first_overwrites: bool = true;
    }
    outputs {
        /// The combined label map.
        output: LabelImage,
    }
    values {}
    example "The first overwrites" {
        inputs {
            "input": { "dimensions": [3, 1, 1], "type": "uint8", "values": [1, 0, 1] },
            "input2": { "dimensions": [3, 1, 1], "type": "uint8", "values": [2, 2, 0] }
        }
        parameters {}
        gives { "output": { "type": "uint8", "values": [1, 2, 1] } }
    }
}

impl Operation for ImageLabelCombine {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let [first, second] = [inputs.input, inputs.input2].map(LabelImage::into_image);
        scalar("input", &first)?;
        scalar("input2", &second)?;
        require_same_grid("input2", &second, &first)?;
        let (low, high) = [&first, &second].into_iter().fold((0.0_f64, 0.0_f64), |(low, high), image| {
            let (a, b) = image.scalar_type().limits();
            (low.min(a), high.max(b))
        });
        let both = ScalarType::narrowest_integer(low, high).unwrap_or(ScalarType::Int64);
        let common = if first.scalar_type() == second.scalar_type() { first.scalar_type() } else { both };
        let (above, below) = if self.first_overwrites { (&first, &second) } else { (&second, &first) };
        let [above, below] = [above, below].map(|image| image.array().cast(common));
        let combined = with_values!(&above, above => over(above, &below, progress)?);
        Ok(Outputs { output: LabelImage::new(first.with_array(combined)?) })
    }
}

fn over<T: Scalar>(above: &[T], below: &Array, progress: &Progress) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let below = below.as_slice::<T>().unwrap_or_default();
    let zero = T::default();
    Ok(pointwise::zip(above, below, progress, |a, b| if a == zero { b } else { a })?.into())
}
