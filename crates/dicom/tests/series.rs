//! Series made here, so that what they should become is known: order, gaps, localizers, repetitions.

use std::path::{Path, PathBuf};

use microtome_dicom::{DicomImage, Scan, Warning, scan};
use microtome_image::ScalarType;

/// A slice to be written.
#[derive(Clone)]
struct Slice {
    position: [f64; 3],
    orientation: [f64; 6],
    instance: usize,
    image_type: &'static str,
    acquisition: usize,
    temporal: usize,
    values: [u16; 4],
    slope: &'static str,
    intercept: &'static str,
    window: (&'static str, &'static str),
}

impl Default for Slice {
    fn default() -> Self {
        Self {
            position: [0.0; 3],
            orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            instance: 1,
            image_type: "ORIGINAL\\PRIMARY\\AXIAL",
            acquisition: 1,
            temporal: 1,
            values: [0; 4],
            slope: "1",
            intercept: "0",
            window: ("40", "400"),
        }
    }
}

fn element(out: &mut Vec<u8>, tag: (u16, u16), vr: &[u8; 2], value: &[u8]) {
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr);
    let padded = value.len().next_multiple_of(2);
    if vr == b"OW" {
        out.extend([0, 0]);
        out.extend((padded as u32).to_le_bytes());
    } else {
        out.extend((padded as u16).to_le_bytes());
    }
    out.extend(value);
    out.resize(out.len() + padded - value.len(), if vr == b"UI" { 0 } else { b' ' });
}

fn decimal(values: &[f64]) -> String {
    values.iter().map(|v| format!("{v:.7}")).collect::<Vec<_>>().join("\\")
}

impl Slice {
    /// A CT slice of 2 × 2 pixels, explicit little endian.
    fn bytes(&self) -> Vec<u8> {
        let mut out = vec![0; 128];
        out.extend(b"DICM");
        element(&mut out, (2, 0x10), b"UI", b"1.2.840.10008.1.2.1");
        element(&mut out, (8, 8), b"CS", self.image_type.as_bytes());
        element(&mut out, (8, 0x16), b"UI", b"1.2.840.10008.5.1.4.1.1.2");
        element(&mut out, (8, 0x18), b"UI", format!("1.2.3.{}", self.instance).as_bytes());
        element(&mut out, (8, 0x60), b"CS", b"CT");
        element(&mut out, (8, 0x103E), b"LO", b"head/neck*");
        element(&mut out, (0x20, 0xD), b"UI", b"1.2.1");
        element(&mut out, (0x20, 0xE), b"UI", b"1.2.2");
        element(&mut out, (0x20, 0x11), b"IS", b"7");
        element(&mut out, (0x20, 0x12), b"IS", self.acquisition.to_string().as_bytes());
        element(&mut out, (0x20, 0x13), b"IS", self.instance.to_string().as_bytes());
        element(&mut out, (0x20, 0x32), b"DS", decimal(&self.position).as_bytes());
        element(&mut out, (0x20, 0x37), b"DS", decimal(&self.orientation).as_bytes());
        element(&mut out, (0x20, 0x100), b"IS", self.temporal.to_string().as_bytes());
        element(&mut out, (0x28, 2), b"US", &1_u16.to_le_bytes());
        element(&mut out, (0x28, 4), b"CS", b"MONOCHROME2");
        element(&mut out, (0x28, 0x10), b"US", &2_u16.to_le_bytes());
        element(&mut out, (0x28, 0x11), b"US", &2_u16.to_le_bytes());
        element(&mut out, (0x28, 0x30), b"DS", b"0.5\\0.25");
        element(&mut out, (0x28, 0x100), b"US", &16_u16.to_le_bytes());
        element(&mut out, (0x28, 0x101), b"US", &16_u16.to_le_bytes());
        element(&mut out, (0x28, 0x102), b"US", &15_u16.to_le_bytes());
        element(&mut out, (0x28, 0x103), b"US", &0_u16.to_le_bytes());
        element(&mut out, (0x28, 0x1050), b"DS", self.window.0.as_bytes());
        element(&mut out, (0x28, 0x1051), b"DS", self.window.1.as_bytes());
        element(&mut out, (0x28, 0x1052), b"DS", self.intercept.as_bytes());
        element(&mut out, (0x28, 0x1053), b"DS", self.slope.as_bytes());
        let pixels: Vec<u8> = self.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        element(&mut out, (0x7FE0, 0x10), b"OW", &pixels);
        out
    }
}

/// A folder that goes away again.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, slices: &[Slice]) -> Self {
        let path = std::env::temp_dir().join(format!("microtome-dicom-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join(".hidden")).unwrap();
        for (n, slice) in slices.iter().enumerate() {
            // Names say nothing of the order, and one file lies in a hidden folder.
            let name = format!("{}{n}", (b'a' + (n * 7 % 26) as u8) as char);
            let file = if n == 0 { path.join(".hidden").join(name) } else { path.join(name) };
            std::fs::write(file, slice.bytes()).unwrap();
        }
        std::fs::write(path.join("notes.txt"), "not DICOM").unwrap();
        Self(path)
    }

    fn scan(&self) -> Scan {
        scan(std::slice::from_ref(&self.0))
    }

    fn only(&self) -> DicomImage {
        let scan = self.scan();
        assert_eq!(scan.series.len(), 1);
        scan.series[0].load().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.0));
    }
}

/// `count` (no multiple of 5) slices 2 mm apart, in shuffled order; slice k's pixels are 10 k, 10 k + 1, ….
fn stack(count: usize) -> Vec<Slice> {
    let slice = |n: usize| {
        let k = (n * 5 + 3) % count;
        let value = 10 * k as u16;
        Slice {
            position: [-10.0, 20.0, 2.0 * k as f64],
            instance: k + 1,
            values: [value, value + 1, value + 2, value + 3],
            ..Slice::default()
        }
    };
    (0..count).map(slice).collect()
}

#[test]
fn a_shuffled_series_comes_out_in_order() {
    let folder = Folder::new("order", &stack(7));
    let scan = folder.scan();
    assert_eq!(scan.rejected.len(), 1, "{:?}", scan.rejected);
    let loaded = folder.only();
    assert_eq!(loaded.name, "7: head-neck(star)");
    assert_eq!(loaded.image.dims(), [2, 2, 7]);
    let expected: Vec<u16> = (0..7).flat_map(|k| (0..4).map(move |n| 10 * k + n)).collect();
    assert_eq!(loaded.image.array().as_slice::<u16>().unwrap(), expected);
    assert_eq!(loaded.image.grid().spacing(), [0.25, 0.5, 2.0]);
    assert_eq!(loaded.image.grid().origin().coords(), [10.0, -20.0, 0.0]);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.instance_uids[0], "1.2.3.1");
    assert_eq!(loaded.instance_numbers[6], Some(7));
    assert_eq!((loaded.window_presets[0].center, loaded.window_presets[0].width), (40.0, 400.0));
}

#[test]
fn whole_rescales_stay_integers_wide_enough() {
    let mut slices = stack(6);
    slices.iter_mut().for_each(|s| s.intercept = "-1024");
    let loaded = Folder::new("int16", &slices).only();
    assert_eq!(loaded.image.scalar_type(), ScalarType::Int16);
    assert_eq!(loaded.image.array().get(0), Some(-1024.0));
    slices[2].values[0] = 60_000;
    let loaded = Folder::new("int32", &slices).only();
    assert_eq!(loaded.image.scalar_type(), ScalarType::Int32);
    slices[1].slope = "0.5";
    let loaded = Folder::new("float32", &slices).only();
    assert_eq!(loaded.image.scalar_type(), ScalarType::Float32);
}

#[test]
fn a_dropped_slice_is_told_and_located() {
    let slices: Vec<Slice> = stack(7).into_iter().filter(|s| s.instance != 4).collect();
    let loaded = Folder::new("gap", &slices).only();
    let gap =
        loaded.warnings.iter().find(|w| matches!(w, Warning::UnequalSpacing { .. })).expect("a warning");
    assert!(gap.to_string().contains("expected 2 mm, found 4 mm"), "{gap}");
    let geometry = loaded.acquisition_geometry.expect("displacements");
    for (k, instance) in [1, 2, 3, 5, 6, 7].into_iter().enumerate() {
        let corner = geometry.grid.ijk_to_ras().apply(microtome_geometry::Point::new(1.0, 1.0, k as f64));
        let moved = corner + geometry.displacements[4 * k + 3];
        let z = 2.0 * f64::from(instance - 1);
        assert!(moved.distance(microtome_geometry::Point::new(9.5, -21.0, z)) < 1e-6);
    }
}

#[test]
fn a_localizer_is_left_out() {
    let mut slices = stack(7);
    slices.push(Slice {
        image_type: "ORIGINAL\\PRIMARY\\LOCALIZER",
        position: [0.0, 0.0, 100.0],
        instance: 99,
        ..Slice::default()
    });
    let scan = Folder::new("localizer", &slices).scan();
    let preferred: Vec<_> = scan.series.iter().filter(|s| s.is_preferred()).collect();
    assert_eq!((scan.series.len(), preferred.len()), (2, 1));
    assert_eq!(preferred[0].instances().len(), 7);
}

#[test]
fn small_jitter_of_the_orientation_is_one_orientation() {
    for (jitter, varies) in [(5e-7, false), (5e-6, true)] {
        let mut slices = stack(6);
        slices[2].orientation[1] = jitter;
        let loaded = Folder::new(&format!("jitter-{varies}"), &slices).only();
        let found = loaded.warnings.iter().any(|w| matches!(w, Warning::OrientationVaries { .. }));
        assert_eq!(found, varies, "{:?}", loaded.warnings);
    }
}

#[test]
fn repetitions_become_frames() {
    let mut slices = stack(4);
    let again: Vec<Slice> = slices
        .iter()
        .map(|s| Slice {
            temporal: 2,
            instance: s.instance + 10,
            values: s.values.map(|v| v + 1000),
            ..s.clone()
        })
        .collect();
    slices.extend(again);
    let loaded = Folder::new("frames", &slices).only();
    assert_eq!((loaded.image.dims(), loaded.image.frames()), ([2, 2, 4], 2));
    let values = loaded.image.array().as_slice::<u16>().unwrap();
    assert_eq!((values[0], values[4], values[16], values[20]), (0, 10, 1000, 1010));
    slices.pop();
    let scan = Folder::new("uneven", &slices).scan();
    assert_eq!(scan.series.iter().map(|s| s.instances().len()).collect::<Vec<_>>(), [4, 3]);
    let loaded = scan.series[0].load();
    assert!(loaded.is_err(), "the folder is gone");
}

#[test]
fn copies_count_once() {
    let mut slices = stack(6);
    slices.extend(stack(6));
    let loaded = Folder::new("copies", &slices).only();
    assert_eq!((loaded.image.dims(), loaded.image.frames()), ([2, 2, 6], 1));
    assert!(loaded.warnings.contains(&Warning::Copies { count: 6 }));
}

#[test]
fn windows_of_unequal_counts_are_none() {
    let mut slices = stack(6);
    slices.iter_mut().for_each(|s| s.window = ("40\\300", "400"));
    let loaded = Folder::new("windows", &slices).only();
    assert!(loaded.window_presets.is_empty());
    assert!(loaded.warnings.contains(&Warning::WindowCounts { centers: 2, widths: 1 }));
}
