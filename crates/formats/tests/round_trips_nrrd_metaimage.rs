//! NRRD and MetaImage files are written so that reading them gives the same again.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use microtome_formats::{
    Compression, Data, Error, ImageData, Kind, MemorySink, MemorySource, Metadata, ReadOptions, WriteOptions,
    Writer, for_writing,
};
use microtome_geometry::{Affine, Grid, Ijk, Ras};
use microtome_image::{Array, Image, Meaning, ScalarType};

use common::{FolderSource, facts, load, load_image, shared_data};

type Files = BTreeMap<String, Vec<u8>>;

fn write(data: &ImageData, name: &str, options: &WriteOptions) -> Result<Files, Error> {
    let (_, Writer::Image(write)) = for_writing(name, Kind::Image).unwrap() else { panic!("{name}") };
    let mut sink = MemorySink::default();
    write(data, name, options, &mut sink)?;
    Ok(sink.into_files())
}

fn read(files: &Files, name: &str) -> ImageData {
    let mut source = MemorySource::new(name, files[name].clone());
    for (other, bytes) in files {
        source = source.with_companion(other, bytes.clone());
    }
    match load(&source, &ReadOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}")).data {
        Data::Image(image) => image,
        other => panic!("{name}: {:?}", other.kind()),
    }
}

fn plain(image: Image) -> ImageData {
    ImageData { image, metadata: Metadata::default() }
}

fn oblique() -> Affine<Ijk, Ras> {
    Affine::from_rows([[-1.2, 0.1, 0.7, 100.25], [0.0, 1.5, -0.3, -20.5], [0.4, -0.2, 2.2, 1e-3]])
}

fn values(count: usize, scalar_type: ScalarType) -> Array {
    let (low, high) = scalar_type.limits();
    let mut values: Vec<f64> = (0..count).map(|n| (n * 37 % 120) as f64).collect();
    values[0] = low.max(-1e300);
    values[1] = high.min(1e300);
    Array::from(values).cast(scalar_type)
}

fn image(components: usize, frames: usize, meaning: Meaning, scalar_type: ScalarType) -> Image {
    let dims = [7, 5, 4];
    let array = values(140 * components * frames, scalar_type);
    Image::new(Grid::new(dims, oblique()), components, frames, meaning, array).unwrap()
}

#[test]
fn every_type_name_and_compression() {
    for scalar_type in ScalarType::ALL {
        for compression in [Compression::None, Compression::Fast, Compression::Best] {
            for name in ["a.nrrd", "b.nhdr", "c.mha", "d.mhd"] {
                let image = image(1, 1, Meaning::Scalar, scalar_type);
                let options = WriteOptions { compression, ..WriteOptions::default() };
                let files = write(&plain(image.clone()), name, &options).unwrap();
                assert_eq!(files.len(), if name.ends_with('a') || name.ends_with("nrrd") { 1 } else { 2 });
                let back = read(&files, name);
                assert_eq!(back.image.array(), image.array(), "{name} {scalar_type}");
                assert!(back.image.grid().matches(image.grid(), 1e-9), "{name} {:?}", back.image.grid());
                if name.contains(".n") {
                    assert_eq!(back.image, image, "{name} {scalar_type}");
                    assert!(back.metadata.is_empty(), "{:?}", back.metadata);
                }
            }
        }
    }
}

#[test]
fn every_meaning_and_frames() {
    use Meaning::{Complex, CovariantVector, Rgb, Rgba, SpatialVector, SymmetricTensor, Tensor, Vector};
    use ScalarType::{Float32, Float64, Int16, UInt8, UInt16};
    let cases = [
        (3, Rgb, UInt8),
        (4, Rgba, UInt8),
        (3, Rgb, UInt16),
        (2, Complex, Float32),
        (3, Vector, Float32),
        (3, Vector, Int16),
        (5, Vector, Float32),
        (3, SpatialVector, Float64),
        (3, SpatialVector, Int16),
        (3, CovariantVector, Float32),
        (6, SymmetricTensor, Float32),
        (9, Tensor, Float32),
    ];
    for (components, meaning, scalar_type) in cases {
        for frames in [1, 3] {
            let image = image(components, frames, meaning, scalar_type);
            let files = write(&plain(image.clone()), "a.nrrd", &WriteOptions::default()).unwrap();
            assert_eq!(read(&files, "a.nrrd").image, image, "{meaning:?} {scalar_type} × {frames}");
            // MetaImage has no word for most meanings.
            let files = write(&plain(image.clone()), "a.mhd", &WriteOptions::default()).unwrap();
            let back = read(&files, "a.mhd").image;
            assert_eq!(
                (back.array(), back.frames()),
                (image.array(), frames),
                "{meaning:?} {scalar_type} × {frames}"
            );
            if matches!((meaning, scalar_type), (Rgb | Rgba, UInt8) | (SpatialVector, Float64)) {
                assert_eq!(back.meaning(), meaning);
            }
        }
    }
}

#[test]
fn values_can_be_converted_on_the_way() {
    let options = WriteOptions { scalar_type: Some(ScalarType::UInt8), ..WriteOptions::default() };
    for name in ["a.nrrd", "a.mha"] {
        let files = write(&plain(image(1, 1, Meaning::Scalar, ScalarType::Float32)), name, &options).unwrap();
        let back = read(&files, name).image;
        assert_eq!(back.array(), &values(140, ScalarType::Float32).cast(ScalarType::UInt8));
    }
}

#[test]
fn raw_files_are_used_in_place() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.nrrd", "b.nhdr", "c.mha", "d.mhd"] {
        let options = WriteOptions { compression: Compression::None, ..WriteOptions::default() };
        let image = image(1, 2, Meaning::Scalar, ScalarType::Float64);
        for (file, bytes) in write(&plain(image.clone()), name, &options).unwrap() {
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
        let back = load_image(&folder.path().join(name));
        assert!(back.image.array().is_mapped(), "{name} was copied");
        assert_eq!(back.image.array(), image.array());
        assert_eq!(back.metadata.get("metaimage/Comment"), None);
    }
}

/// Without what follows from the image, or from the order of fields.
fn lasting(metadata: &Metadata) -> BTreeMap<String, String> {
    metadata
        .iter()
        .filter(|(key, _)| *key != "metaimage/AnatomicalOrientation")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn real_files_come_back_whole() {
    let Some(folder) = shared_data("real_files_come_back_whole") else { return };
    let mut checked = 0;
    for (name, _) in facts(&folder) {
        let Some(extension) = [".nrrd", ".nhdr", ".mha", ".mhd"].into_iter().find(|e| name.ends_with(e))
        else {
            continue;
        };
        let path = folder.join(&name);
        if name.ends_with(".seg.nrrd") {
            continue;
        }
        if std::fs::metadata(&path).unwrap().len() > 3_000_000 {
            continue;
        }
        let Ok(loaded) = load(&FolderSource::new(&path), &ReadOptions::default()) else { continue };
        let Data::Image(data) = loaded.data else { panic!("{name}") };
        let again = format!("again{extension}");
        let back = read(&write(&data, &again, &WriteOptions::default()).unwrap(), &again);
        assert_eq!(lasting(&back.metadata), lasting(&data.metadata), "{name}");
        assert!(back.image.grid().matches(data.image.grid(), 1e-9), "{name}");
        assert_eq!(back.image.meaning(), data.image.meaning(), "{name}");
        assert_eq!(back.image.array(), data.image.array(), "{name}");
        checked += 1;
    }
    assert!(checked > 70, "only {checked} files");
}

fn header(files: &Files, name: &str) -> String {
    let bytes = &files[name];
    let end = bytes.windows(2).position(|w| w == b"\n\n").unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[test]
fn diffusion_files_keep_their_frames_first() {
    let Some(folder) = shared_data("diffusion_files_keep_their_frames_first") else {
        return;
    };
    let data = load_image(&folder.join("slicer-testdata/Input/helix-DWI.nhdr"));
    let text = header(&write(&data, "dwi.nhdr", &WriteOptions::default()).unwrap(), "dwi.nhdr");
    assert!(text.contains("sizes: 7 64 32 16\n") && text.contains("kinds: list "), "{text}");
    assert!(text.contains("space: left-posterior-superior\n"), "{text}");
    // The file's RAS columns with the first two numbers negated.
    assert!(
        text.contains("measurement frame: (-0.428571,-0.857143,-0.285714) (0.285714,-0.428571,0.857143)"),
        "{text}"
    );
    assert!(text.contains("DWMRI_gradient_0004:=0 1 -1\n"), "{text}");
}

#[test]
fn flat_images_stay_flat() {
    let Some(folder) = shared_data("flat_images_stay_flat") else { return };
    let data = load_image(&folder.join("nrrd/VM1111Shrink-RGBFloat.nrrd"));
    let text = header(&write(&data, "a.nrrd", &WriteOptions::default()).unwrap(), "a.nrrd");
    assert!(text.contains("sizes: 3 297 371\n") && text.contains("space dimension: 2\n"), "{text}");
    let data = load_image(&folder.join("meta/2DMRI-T1_brain.mha"));
    let text = header(&write(&data, "a.mha", &WriteOptions::default()).unwrap(), "a.mha");
    assert!(text.contains("NDims = 2\n") && text.contains("TransformMatrix = 1 0 0 1\n"), "{text}");
}

#[test]
fn keys_of_any_sort_survive() {
    let mut metadata = Metadata::default();
    for (key, value) in [
        ("plain", "value"),
        ("lines", "one\ntwo \\n three"),
        ("url:with/slashes", "a: b := c"),
        ("unicode äöü", "→"),
        ("blank", ""),
        (" leading", " kept "),
        ("nrrd/content", "a title"),
        ("nrrd/labels", "\"x\" \"y \\\"q\\\"\" \"z\""),
        ("nrrd/min", "3"),
    ] {
        metadata.set(key, value);
    }
    let data = ImageData { image: image(1, 1, Meaning::Scalar, ScalarType::Int16), metadata };
    let files = write(&data, "a.nrrd", &WriteOptions::default()).unwrap();
    assert_eq!(lasting(&read(&files, "a.nrrd").metadata), lasting(&data.metadata));
    let files = write(&data, "a.mha", &WriteOptions::default()).unwrap();
    let back = read(&files, "a.mha").metadata;
    assert_eq!(back.get("plain"), Some("value"));
    assert_eq!(back.get("nrrd/content"), None);
}

#[test]
fn a_grid_that_cannot_be_is_refused() {
    for bad in [f64::NAN, 0.0] {
        let grid = Grid::new([2, 2, 2], Affine::from_scale([1.0, bad, 1.0], [0.0; 3]));
        let data = plain(Image::scalar(grid, vec![0_u8; 8]).unwrap());
        for name in ["a.nrrd", "a.mha"] {
            assert!(matches!(write(&data, name, &WriteOptions::default()), Err(Error::CannotHold { .. })));
        }
    }
}
