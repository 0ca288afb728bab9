//! What is written is read back alike: NIfTI, MGH, GIPL, MRC, PNG, TIFF, BMP.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use microtome_formats::{
    Compression, Data, Error, ImageData, Kind, MemorySink, MemorySource, Metadata, ReadOptions, WriteOptions,
    Writer, for_writing,
};
use microtome_geometry::{Affine, Grid, Ijk, Ras};
use microtome_image::{Array, Image, Meaning, ScalarType};

fn written(data: &ImageData, name: &str, options: &WriteOptions) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let (_, Writer::Image(write)) = for_writing(name, Kind::Image)? else {
        panic!("{name} has no image writer")
    };
    let mut sink = MemorySink::default();
    write(data, name, options, &mut sink)?;
    Ok(sink.into_files())
}

fn read_back(files: BTreeMap<String, Vec<u8>>, name: &str) -> ImageData {
    let mut files = files;
    let mut source = MemorySource::new(name, files.remove(name).unwrap());
    for (other, bytes) in files {
        source = source.with_companion(other, bytes);
    }
    let loaded = common::load(&source, &ReadOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
    match loaded.data {
        Data::Image(image) => image,
        other => panic!("{:?}", other.kind()),
    }
}

fn round_trip(image: &Image, name: &str) -> Image {
    let data = ImageData { image: image.clone(), metadata: Metadata::default() };
    let files = written(&data, name, &WriteOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    read_back(files, name).image
}

fn refusal(image: &Image, name: &str) -> Error {
    let data = ImageData { image: image.clone(), metadata: Metadata::default() };
    written(&data, name, &WriteOptions::default()).unwrap_err()
}

/// Values that use the type's range, repeatable.
fn values(count: usize, scalar_type: ScalarType) -> Array {
    let wide: Vec<f64> =
        (0..count).map(|n| ((n * 7919) % 251) as f64 - if n % 3 == 0 { 125.0 } else { 0.0 }).collect();
    let (low, _) = scalar_type.limits();
    let array =
        Array::from(wide.into_iter().map(|v| if low < 0.0 { v / 2.0 } else { v.abs() }).collect::<Vec<_>>());
    array.cast(scalar_type)
}

fn oblique() -> Affine<Ijk, Ras> {
    let (s, c) = (0.6, 0.8);
    Affine::from_rows([
        [-1.5 * c, 0.0, 2.0 * s, 10.5],
        [0.0, 2.5, 0.0, -20.25],
        [1.5 * s, 0.0, 2.0 * c, 30.0],
    ])
}

fn lps() -> Affine<Ijk, Ras> {
    Affine::from_scale([-1.5, -2.5, 2.0], [10.5, -20.25, 30.0])
}

fn image(
    matrix: Affine<Ijk, Ras>,
    components: usize,
    frames: usize,
    meaning: Meaning,
    t: ScalarType,
) -> Image {
    let dims = [5, 4, 3];
    let array = values(60 * components * frames, t);
    Image::new(Grid::new(dims, matrix), components, frames, meaning, array).unwrap()
}

fn assert_same(found: &Image, expected: &Image, what: &str) {
    assert!(found.grid().matches(expected.grid(), 1e-4), "{what}: {:?} {:?}", found.grid(), expected.grid());
    assert_eq!((found.components(), found.frames()), (expected.components(), expected.frames()), "{what}");
    assert_eq!(found.meaning(), expected.meaning(), "{what}");
    assert_eq!(found.array(), expected.array(), "{what}");
}

#[test]
fn nifti_keeps_every_type_and_frames() {
    for scalar_type in ScalarType::ALL {
        for frames in [1, 3] {
            for meaning in [Meaning::Scalar, Meaning::Vector] {
                let components = if meaning == Meaning::Vector { 2 } else { 1 };
                let image = image(oblique(), components, frames, meaning, scalar_type);
                for name in ["a.nii", "a.nii.gz", "a.hdr", "a.img", "a.hdr.gz", "A.IMG"] {
                    assert_same(
                        &round_trip(&image, name),
                        &image,
                        &format!("{name} {scalar_type} {frames} {meaning:?}"),
                    );
                }
            }
        }
    }
}

#[test]
fn nifti_keeps_every_meaning() {
    use ScalarType::{Float32, Float64, Int16, UInt8, UInt16};
    let cases = [
        (Meaning::Label, 1, UInt8),
        (Meaning::Rgb, 3, UInt8),
        (Meaning::Rgba, 4, UInt8),
        (Meaning::Rgb, 3, UInt16),
        (Meaning::Rgba, 4, Float32),
        (Meaning::Complex, 2, Float32),
        (Meaning::Complex, 2, Float64),
        (Meaning::Vector, 3, Int16),
        (Meaning::Vector, 1, Int16),
        (Meaning::SpatialVector, 3, Float32),
        (Meaning::SpatialVector, 3, Float64),
        (Meaning::CovariantVector, 3, Float32),
        (Meaning::SymmetricTensor, 6, Float32),
        (Meaning::Tensor, 9, Float64),
    ];
    for (meaning, components, scalar_type) in cases {
        for frames in [1, 2] {
            let image = image(oblique(), components, frames, meaning, scalar_type);
            assert_same(
                &round_trip(&image, "a.nii.gz"),
                &image,
                &format!("{meaning:?} {components} {scalar_type} {frames}"),
            );
        }
    }
}

#[test]
fn nifti_stores_displacements_along_ras_axes() {
    let grid = Grid::new([1, 1, 1], lps());
    let image = Image::new(grid, 3, 1, Meaning::SpatialVector, vec![1.0_f32, 2.0, 3.0].into()).unwrap();
    let data = ImageData { image, metadata: Metadata::default() };
    let bytes = &written(&data, "a.nii", &WriteOptions::default()).unwrap()["a.nii"];
    let stored: Vec<f32> =
        bytes[352..].chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(stored, [-1.0, -2.0, 3.0]);
    assert_eq!(i16::from_le_bytes([bytes[68], bytes[69]]), 1006);
}

#[test]
fn nifti_turns_to_version_two_for_long_axes() {
    let grid = Grid::new([40_000, 1, 1], lps());
    let image = Image::scalar(grid, vec![7_u8; 40_000]).unwrap();
    let data = ImageData { image: image.clone(), metadata: Metadata::default() };
    let files = written(&data, "a.nii", &WriteOptions::default()).unwrap();
    assert_eq!(files["a.nii"][..4], 540_i32.to_le_bytes());
    assert_same(&read_back(files, "a.nii").image, &image, "long");
}

#[test]
fn nifti_texts_and_extensions_are_written_back() {
    let mut metadata = Metadata::default();
    for (key, value) in [
        ("nifti/intent_code", "5"),
        ("nifti/intent_p1", "12"),
        ("nifti/extension[0]", "6:68656c6c6f000000"),
        ("nifti/descrip", "a head"),
        ("nifti/aux_file", "beside"),
        ("nifti/intent_name", "zscore"),
        ("nifti/cal_min", "-5"),
        ("nifti/cal_max", "300.5"),
        ("nifti/slice_code", "3"),
        ("nifti/slice_end", "2"),
        ("nifti/slice_duration", "0.125"),
        ("nifti/toffset", "1.5"),
        ("nifti/pixdim[4]", "2.5"),
        ("nifti/time_units", "8"),
    ] {
        metadata.set(key, value);
    }
    let data = ImageData { image: image(oblique(), 1, 2, Meaning::Scalar, ScalarType::Float32), metadata };
    for name in ["a.nii", "a.hdr", "a.nii.gz"] {
        let back = read_back(written(&data, name, &WriteOptions::default()).unwrap(), name).metadata;
        for (key, value) in data.metadata.iter() {
            assert_eq!(back.get(key), Some(value), "{name} {key}");
        }
        assert_eq!(back.iter().count(), data.metadata.iter().count(), "{name}");
    }
}

#[test]
fn compressed_bytes_do_not_depend_on_the_number_of_threads() {
    let data = ImageData {
        image: image(oblique(), 1, 50, Meaning::Scalar, ScalarType::Int16),
        metadata: Metadata::default(),
    };
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| written(&data, "a.nii.gz", &WriteOptions::default()).unwrap())
    };
    assert_eq!(bytes(1), bytes(4));
}

#[test]
fn mgh_keeps_what_it_can() {
    for scalar_type in [ScalarType::UInt8, ScalarType::Int16, ScalarType::Int32, ScalarType::Float32] {
        for frames in [1, 4] {
            let image = image(oblique(), 1, frames, Meaning::Scalar, scalar_type);
            for name in ["a.mgh", "a.mgz", "a.mgh.gz"] {
                assert_same(&round_trip(&image, name), &image, &format!("{name} {scalar_type}"));
            }
        }
    }
    let short = image(oblique(), 1, 1, Meaning::Scalar, ScalarType::UInt16);
    assert_eq!(round_trip(&short, "a.mgz").array(), &short.array().cast(ScalarType::Int32));
    let double = image(oblique(), 1, 1, Meaning::Scalar, ScalarType::Float64);
    assert!(matches!(refusal(&double, "a.mgz"), Error::CannotHold { .. }));
    assert!(matches!(
        refusal(&image(oblique(), 3, 1, Meaning::Rgb, ScalarType::UInt8), "a.mgz"),
        Error::CannotHold { .. }
    ));
    let mut metadata = Metadata::default();
    metadata.set("mgh/TR", "2300");
    metadata.set("mgh/flip_angle", "0.15707964");
    metadata.set("mgh/tags", "0000000300000004");
    let data = ImageData { image: short, metadata };
    let back = read_back(written(&data, "a.mgz", &WriteOptions::default()).unwrap(), "a.mgz");
    assert_eq!(back.metadata, data.metadata);
}

#[test]
fn gipl_and_mrc_keep_what_they_can() {
    use ScalarType::{Float32, Float64, Int8, Int16, UInt8, UInt16};
    for scalar_type in [Int8, UInt8, Int16, UInt16, Float32, Float64] {
        for frames in [1, 2] {
            let image = image(lps(), 1, frames, Meaning::Scalar, scalar_type);
            for name in ["a.gipl", "a.gipl.gz"] {
                assert_same(&round_trip(&image, name), &image, &format!("{name} {scalar_type}"));
            }
            if [Int8, Int16, UInt16, Float32].contains(&scalar_type) {
                assert_same(&round_trip(&image, "a.mrc"), &image, &format!("mrc {scalar_type} {frames}"));
            }
        }
    }
    let bytes = image(lps(), 1, 1, Meaning::Scalar, UInt8);
    assert_eq!(round_trip(&bytes, "a.mrc").array(), &bytes.array().cast(Int16));
    let complex = image(lps(), 2, 1, Meaning::Complex, Float32);
    assert_same(&round_trip(&complex, "a.mrc"), &complex, "complex");
    let turned = Affine::from_rows([[0.0, 0.0, -2.0, 1.0], [-1.5, 0.0, 0.0, 2.0], [0.0, 2.5, 0.0, 3.0]]);
    let turned = image(turned, 1, 1, Meaning::Scalar, Float32);
    assert_same(&round_trip(&turned, "a.mrc"), &turned, "axes in another order");
    for name in ["a.gipl", "a.mrc"] {
        assert!(matches!(
            refusal(&image(oblique(), 1, 1, Meaning::Scalar, Int16), name),
            Error::CannotHold { .. }
        ));
    }
}

fn picture(
    components: usize,
    slices: usize,
    meaning: Meaning,
    scalar_type: ScalarType,
    spacing: f64,
) -> Image {
    let grid = Grid::new([7, 5, slices], Affine::from_scale([-spacing, -spacing, 1.0], [0.0; 3]));
    Image::new(grid, components, 1, meaning, values(35 * components * slices, scalar_type)).unwrap()
}

#[test]
fn pictures_keep_what_they_can() {
    use ScalarType::{Float32, UInt8, UInt16};
    for (meaning, components) in [(Meaning::Scalar, 1), (Meaning::Rgb, 3), (Meaning::Rgba, 4)] {
        for (name, types) in
            [("a.png", vec![UInt8, UInt16]), ("a.bmp", vec![UInt8]), ("a.tif", vec![UInt8, UInt16, Float32])]
        {
            for scalar_type in types {
                let image = picture(components, 1, meaning, scalar_type, 1.0);
                assert_same(&round_trip(&image, name), &image, &format!("{name} {meaning:?} {scalar_type}"));
            }
        }
    }
    for scalar_type in ScalarType::ALL {
        let stack = picture(1, 3, Meaning::Scalar, scalar_type, 0.25);
        assert_same(&round_trip(&stack, "a.tiff"), &stack, &format!("pages of {scalar_type}"));
    }
    let grey_alpha = picture(2, 1, Meaning::Vector, UInt8, 1.0);
    assert_same(&round_trip(&grey_alpha, "a.png"), &grey_alpha, "grey and alpha");
    for name in ["a.png", "a.bmp"] {
        assert!(matches!(
            refusal(&picture(1, 2, Meaning::Scalar, UInt8, 1.0), name),
            Error::CannotHold { .. }
        ));
        assert!(matches!(
            refusal(&picture(1, 1, Meaning::Scalar, Float32, 1.0), name),
            Error::CannotHold { .. }
        ));
    }
}

#[test]
fn every_compression_gives_the_same_picture() {
    for compression in [Compression::None, Compression::Fast, Compression::Best] {
        let image = picture(3, 1, Meaning::Rgb, ScalarType::UInt8, 1.0);
        let data = ImageData { image: image.clone(), metadata: Metadata::default() };
        for name in ["a.png", "a.tif", "a.nii.gz"] {
            let options = WriteOptions { compression, ..WriteOptions::default() };
            assert_eq!(read_back(written(&data, name, &options).unwrap(), name).image.array(), image.array());
        }
    }
}

#[test]
fn a_numbered_stack_is_one_image_on_request() {
    let pages: Vec<Image> = (0..3).map(|_| picture(1, 1, Meaning::Scalar, ScalarType::UInt8, 1.0)).collect();
    let bytes = |page: &Image| {
        let data = ImageData { image: page.clone(), metadata: Metadata::default() };
        written(&data, "s.png", &WriteOptions::default()).unwrap().remove("s.png").unwrap()
    };
    let mut source = MemorySource::new("s_2.png", bytes(&pages[1]));
    for (name, page) in [("s_1.png", &pages[0]), ("s_3.png", &pages[2]), ("s_5.png", &pages[0])] {
        source = source.with_companion(name, bytes(page));
    }
    for (numbered_stack, slices) in [(true, 3), (false, 1)] {
        let options = ReadOptions { numbered_stack, ..ReadOptions::default() };
        let Data::Image(found) = common::load(&source, &options).unwrap().data else {
            panic!("not an image")
        };
        assert_eq!(found.image.dims(), [7, 5, slices]);
    }
    let odd = picture(1, 1, Meaning::Scalar, ScalarType::UInt16, 1.0);
    let options = ReadOptions { numbered_stack: true, ..ReadOptions::default() };
    let error = common::load(&source.with_companion("s_4.png", bytes(&odd)), &options).unwrap_err();
    assert!(error.to_string().contains("s_4.png"), "{error}");
}

#[test]
fn nifti_in_the_other_byte_order_and_with_whole_scale() {
    // A version-1 header by hand, big-endian: int16, slope 2, intercept -10.
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_be_bytes());
    for (n, size) in [3_i16, 2, 1, 1].into_iter().enumerate() {
        put(40 + 2 * n, &size.to_be_bytes());
    }
    put(70, &4_i16.to_be_bytes());
    put(76, &1_f32.to_be_bytes());
    for n in 1..4 {
        put(76 + 4 * n, &3_f32.to_be_bytes());
    }
    put(108, &352_f32.to_be_bytes());
    put(112, &2_f32.to_be_bytes());
    put(116, &(-10_f32).to_be_bytes());
    put(344, b"n+1\0");
    bytes.extend([100_i16, -3].into_iter().flat_map(i16::to_be_bytes));
    let found = read_back(BTreeMap::from([("a.nii".to_owned(), bytes)]), "a.nii").image;
    assert_eq!(found.array(), &Array::from(vec![190_i16, -16]));
    // Neither code is set: x mirrored, the centre at the origin.
    assert_eq!(found.grid().ijk_to_ras().rows()[0], [-3.0, 0.0, 0.0, 1.5]);
}
