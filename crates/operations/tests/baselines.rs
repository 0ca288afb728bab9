//! Slicer's own tests of its CLI modules: the inputs and baselines that its repository points to, at a stated tolerance.

#![allow(clippy::print_stderr, reason = "what is skipped is said aloud")]

mod common;

use std::collections::BTreeMap;

use microtome_operations::{Arguments, Data, DataKind, Progress, find};
use serde_json::{Value as Json, json};

/// One of Slicer's tests: inputs and baseline in the folder of its test data, and by how much values may differ.
struct Baseline {
    operation: &'static str,
    inputs: &'static [(&'static str, &'static str)],
    parameters: Json,
    baseline: &'static str,
    tolerance: f64,
}

fn check(baselines: &[Baseline]) {
    let Some(folder) = common::shared_data() else {
        assert!(std::env::var_os("CI").is_none(), "../shared/data is absent");
        eprintln!("SKIPPED Slicer's baselines: ../shared/data is absent");
        return;
    };
    let folder = folder.join("slicer-testdata");
    for test in baselines {
        let Baseline { operation, inputs, parameters, baseline, tolerance } = test;
        let inputs: BTreeMap<String, Data> = inputs
            .iter()
            .map(|(name, file)| {
                ((*name).to_owned(), common::data(&folder.join("Input").join(file), DataKind::Volume))
            })
            .collect();
        let arguments = Arguments { inputs, parameters: parameters.as_object().unwrap().clone() };
        let results = (find(operation).unwrap().run)(arguments, &Progress::ignored()).unwrap();
        let Some(Data::Volume(found) | Data::Labelmap(found)) = results.outputs.get("output") else {
            panic!("{operation} makes no image");
        };
        let expected = common::image(&folder.join("Baseline").join(baseline));
        assert_eq!(found.dims(), expected.dims(), "{baseline}");
        assert!(
            found.grid().matches(expected.grid(), 1e-3),
            "{baseline}: {:?} {:?}",
            found.grid(),
            expected.grid()
        );
        let differences = (0..found.array().len())
            .map(|n| (found.array().get(n).unwrap() - expected.array().get(n).unwrap()).abs());
        let worst = differences.fold(0.0, f64::max);
        assert!(worst <= *tolerance, "{operation} {parameters}: {baseline} differs by {worst}");
    }
}

#[test]
fn arithmetic() {
    let add = |slice: &'static [(&'static str, &'static str)], baseline| Baseline {
        operation: "add",
        inputs: slice,
        parameters: json!({}),
        baseline,
        tolerance: 0.0,
    };
    check(&[
        add(
            &[("input", "CTHeadAxial.nhdr"), ("input2", "CTHeadAxial.nhdr")],
            "AddScalarVolumes/AddScalarVolumesTest.nhdr",
        ),
        add(
            &[("input", "brainSliceCHAR.mha"), ("input2", "brainSliceCHAR.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_CHAR.mha",
        ),
        add(
            &[("input", "brainSliceUCHAR.mha"), ("input2", "brainSliceUCHAR.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_UCHAR.mha",
        ),
        add(
            &[("input", "brainSliceSHORT.mha"), ("input2", "brainSliceSHORT.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_SHORT.mha",
        ),
        add(
            &[("input", "brainSliceUSHORT.mha"), ("input2", "brainSliceUSHORT.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_USHORT.mha",
        ),
        add(
            &[("input", "brainSliceINT.mha"), ("input2", "brainSliceINT.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_INT.mha",
        ),
        add(
            &[("input", "brainSliceUINT.mha"), ("input2", "brainSliceUINT.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_UINT.mha",
        ),
        add(
            &[("input", "brainSliceLONG.mha"), ("input2", "brainSliceLONG.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_LONG.mha",
        ),
        add(
            &[("input", "brainSliceULONG.mha"), ("input2", "brainSliceULONG.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_ULONG.mha",
        ),
        add(
            &[("input", "brainSliceFLOAT.mha"), ("input2", "brainSliceFLOAT.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_FLOAT.mha",
        ),
        add(
            &[("input", "brainSliceDOUBLE.mha"), ("input2", "brainSliceDOUBLE.mha")],
            "AddScalarVolumes/AddScalarVolumesTest_DOUBLE.mha",
        ),
    ]);
    let cast = |scalar_type: &str, baseline| Baseline {
        operation: "cast",
        inputs: &[("input", "CastScalarVolumeTest.nrrd")],
        parameters: json!({"type": scalar_type}),
        baseline,
        tolerance: 0.0,
    };
    check(&[
        cast("int8", "CastScalarVolume/CastScalarVolumeTestChar.nrrd"),
        cast("uint8", "CastScalarVolume/CastScalarVolumeTestUnsignedChar.nrrd"),
        cast("int16", "CastScalarVolume/CastScalarVolumeTestShort.nrrd"),
        cast("uint16", "CastScalarVolume/CastScalarVolumeTestUnsignedShort.nrrd"),
        cast("int32", "CastScalarVolume/CastScalarVolumeTestInt.nrrd"),
        cast("uint32", "CastScalarVolume/CastScalarVolumeTestUnsignedInt.nrrd"),
        cast("float32", "CastScalarVolume/CastScalarVolumeTestFloat.nrrd"),
        cast("float64", "CastScalarVolume/CastScalarVolumeTestDouble.nrrd"),
        Baseline {
            operation: "threshold-values",
            inputs: &[("input", "CTHeadAxial.nhdr")],
            parameters: json!({"lower": 1400, "upper": 3800}),
            baseline: "ThresholdScalarVolume/ThresholdScalarVolumeTest.nhdr",
            tolerance: 0.0,
        },
    ]);
}

#[test]
fn resampling() {
    check(&[Baseline {
        operation: "resample",
        inputs: &[("input", "MRHeadResampled.nhdr")],
        parameters: json!({"spacing": [5, 5, 5], "interpolation": "linear"}),
        baseline: "ResampleScalarVolume/ResampleScalarVolumeTest.nhdr",
        // Many places lie midway between voxels, and a mean that ends in a half may fall either way.
        tolerance: 1.0,
    }]);
}

/// Slicer cuts fractions off, which is half a unit on average; here they are rounded.
#[test]
fn smoothing() {
    let of = |operation, input, parameters, baseline, tolerance| Baseline {
        operation,
        inputs: input,
        parameters,
        baseline,
        tolerance,
    };
    const HEAD: &[(&str, &str)] = &[("input", "CTHeadAxial.nhdr")];
    const BRAIN: &[(&str, &str)] = &[("input", "MRHeadResampled.nhdr")];
    let diffusion = |spacing: bool| json!({"conductance": 2, "iterations": 2, "use-image-spacing": spacing});
    check(&[
        of(
            "gaussian",
            HEAD,
            json!({"sigma": 2.5}),
            "GaussianBlurImageFilter/GaussianBlurImageFilterTest.nhdr",
            1.0,
        ),
        of(
            "median",
            HEAD,
            json!({"neighborhood": [1, 2, 3]}),
            "MedianImageFilter/MedianImageFilterTest.nhdr",
            0.0,
        ),
        of(
            "gradient-anisotropic-diffusion",
            BRAIN,
            diffusion(false),
            "GradientAnisotropicDiffusion/GradientAnisotropicDiffusionTestWithImageSpacingOff.nhdr",
            1.0,
        ),
        of(
            "gradient-anisotropic-diffusion",
            BRAIN,
            diffusion(true),
            "GradientAnisotropicDiffusion/GradientAnisotropicDiffusionTestWithImageSpacingOn.nhdr",
            1.0,
        ),
    ]);
}
