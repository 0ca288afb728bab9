//! Files grouped into series, and series into what is worth loading.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::Error;
use crate::instance::Instance;
use crate::load::{self, DicomImage, node_name};
use crate::volume::{self, Arrangement, Slice, Stack};
use crate::warning::Warning;

/// Files that make one image together.
#[derive(Clone, Debug)]
pub struct Series {
    instances: Vec<Instance>,
    stack: Stack,
    name: String,
    preferred: bool,
}

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Series with images, by the path of their first file.
    pub series: Vec<Series>,
    /// DICOM objects without pixels: plans, structure sets, reports.
    pub others: Vec<Instance>,
    /// Files that could not be read, and why; those that are not DICOM at all too.
    pub rejected: Vec<(PathBuf, Error)>,
}

/// Finds the series in files and folders. Folders are searched to the bottom, hidden files included, whatever the names;
/// symbolic links to folders are not followed. Only headers are read, in parallel.
pub fn scan(paths: &[PathBuf]) -> Scan {
    let (instances, rejected) = scan_instances(paths);
    let mut scan = Scan { rejected, ..Scan::default() };
    let mut order: Vec<SeriesKey> = Vec::new();
    let mut groups: HashMap<SeriesKey, Vec<Instance>> = HashMap::new();
    for instance in instances {
        if instance.format.is_none() {
            scan.others.push(instance);
            continue;
        }
        let key = series_key(&instance);
        let group = groups.entry(key.clone()).or_default();
        if group.is_empty() {
            order.push(key);
        }
        group.push(instance);
    }
    for key in order {
        let (instances, copies) = without_copies(groups.remove(&key).unwrap_or_default());
        let mut series = Series::of(instances);
        if let (Some(first), 1..) = (series.first_mut(), copies) {
            first.stack.warnings.push(Warning::Copies { count: copies });
        }
        scan.series.extend(series);
    }
    scan
}

/// Study and series; and the folder and modality of files that name no series.
type SeriesKey = (String, String, Option<(PathBuf, String)>);

fn series_key(instance: &Instance) -> SeriesKey {
    let folder = || instance.path.parent().map(Path::to_owned).unwrap_or_default();
    let unnamed = instance.series_uid.is_empty().then(|| (folder(), instance.modality.clone()));
    (instance.study_uid.clone(), instance.series_uid.clone(), unnamed)
}

/// Instances without those that another file holds too, and how many these were. The last one by path counts.
fn without_copies(instances: Vec<Instance>) -> (Vec<Instance>, usize) {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (n, instance) in instances.iter().enumerate() {
        last.insert(&instance.sop_instance_uid, n);
    }
    let is_copy =
        |(n, i): (usize, &Instance)| !i.sop_instance_uid.is_empty() && last[i.sop_instance_uid.as_str()] != n;
    let copies: Vec<bool> = instances.iter().enumerate().map(is_copy).collect();
    let count = copies.iter().filter(|&&c| c).count();
    (instances.into_iter().zip(copies).filter(|(_, copy)| !copy).map(|(i, _)| i).collect(), count)
}

/// Reads the headers of all files below `paths`, in the order of their paths.
pub fn scan_instances(paths: &[PathBuf]) -> (Vec<Instance>, Vec<(PathBuf, Error)>) {
    let mut files = Vec::new();
    let mut rejected = Vec::new();
    for path in paths {
        collect(path, 0, &mut files, &mut rejected);
    }
    let by_parts = |p: &PathBuf| p.as_os_str().to_owned();
    files.sort_by_cached_key(by_parts);
    files.dedup();
    let read: Vec<Result<Instance, Error>> = files.par_iter().map(|path| Instance::read(path)).collect();
    let mut instances = Vec::with_capacity(read.len());
    for (path, result) in files.into_iter().zip(read) {
        match result {
            Ok(instance) => instances.push(instance),
            Err(error) => rejected.push((path, error)),
        }
    }
    (instances, rejected)
}

/// Folders within folders, at most.
const MAX_DEPTH: usize = 64;

fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>, rejected: &mut Vec<(PathBuf, Error)>) {
    let kind = match std::fs::metadata(path) {
        Ok(kind) => kind,
        Err(error) => return rejected.push((path.to_owned(), error.into())),
    };
    if !kind.is_dir() {
        if kind.is_file() {
            files.push(path.to_owned());
        }
        return;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return rejected.push((path.to_owned(), error.into())),
    };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => {
                collect(&entry.path(), depth + 1, files, rejected)
            }
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            Ok(kind) if kind.is_symlink() && entry.path().is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

/// What a subset of a series' files is told apart by.
type Value = fn(&Instance) -> String;

/// Attributes whose values tell the volumes of one series apart, and what to call them.
const SPLITTERS: [(&str, Value); 4] = [
    ("acquisitionNumber", |i| i.acquisition_number.clone()),
    ("imageType", |i| i.image_type.clone()),
    ("imageOrientationPatient", |i| {
        let orientation = i.frames.first().and_then(|f| f.orientation);
        orientation.map(|[r, c]| rounded(r.coords().into_iter().chain(c.coords()))).unwrap_or_default()
    }),
    ("diffusionGradientOrientation", |i| rounded(i.gradient.iter().copied())),
];

fn rounded(values: impl Iterator<Item = f64>) -> String {
    values.map(|v| format!("{:.5} ", v + 0.0)).collect()
}

impl Series {
    /// The images that files of one series make. Files whose rows, columns or kind of pixels differ cannot be one
    /// image; several slices at each position make frames; otherwise see `dicom.md` §5.1.
    fn of(instances: Vec<Instance>) -> Vec<Self> {
        let mut shapes: Vec<(_, Vec<Instance>)> = Vec::new();
        for instance in instances {
            let Some(format) = &instance.format else { continue };
            let alone = (format.frames > 1 && !makes_volumes(&instance)).then(|| instance.path.clone());
            let shape =
                (format.rows, format.columns, format.components(), format.photometric.is_color(), alone);
            match shapes.iter_mut().find(|(s, _)| *s == shape) {
                Some((_, group)) => group.push(instance),
                None => shapes.push((shape, vec![instance])),
            }
        }
        // The largest group is the series; small ones are its localizers and screen shots.
        let most = shapes.iter().map(|(_, group)| group.len()).max().unwrap_or(0);
        let several = shapes.len() > 1;
        let mut series = Vec::new();
        for ((rows, columns, ..), group) in shapes {
            let stray = several && group.len() == 1 && most > 2;
            let suffix = if several { format!(" - {columns} x {rows}") } else { String::new() };
            series.extend(Self::same_shape(group, &suffix, !stray));
        }
        series
    }

    fn same_shape(instances: Vec<Instance>, suffix: &str, preferred: bool) -> Vec<Self> {
        let positions = match volume::arrange(&instances, &all_slices(&instances)) {
            Arrangement::One(stack) => {
                let whole = Self::new(instances, stack, suffix, preferred);
                if whole.spacing_is_even() {
                    return vec![whole];
                }
                return whole.better_parts().unwrap_or_else(|whole| vec![*whole]);
            }
            Arrangement::Uneven(positions) => positions,
        };
        if let [alone] = &instances[..] {
            let name = node_name(alone) + suffix;
            let stack = volume::in_file_order(all_slices(&instances));
            return vec![Self { instances, stack, name, preferred }];
        }
        let stack = volume::in_file_order(all_slices(&instances));
        let whole = Self::new(instances, stack, suffix, preferred);
        match whole.better_parts() {
            Ok(parts) => parts,
            Err(whole) => {
                let stacks = volume::layers(&positions);
                let many = stacks.len() > 1;
                let named = |(n, stack)| {
                    let suffix = if many { format!("{suffix} - {}", n + 1) } else { suffix.to_owned() };
                    Self::new(whole.instances.clone(), stack, &suffix, preferred).without_unused()
                };
                stacks.into_iter().enumerate().map(named).collect()
            }
        }
    }

    fn new(instances: Vec<Instance>, stack: Stack, suffix: &str, preferred: bool) -> Self {
        let name = instances.first().map(node_name).unwrap_or_default() + suffix;
        Self { instances, stack, name, preferred }
    }

    /// The same without the files that none of its slices comes from.
    fn without_unused(mut self) -> Self {
        let mut places = HashMap::new();
        let mut instances = Vec::new();
        for slice in self.stack.repetitions.iter_mut().flatten() {
            slice.instance = *places.entry(slice.instance).or_insert_with(|| {
                instances.push(self.instances[slice.instance].clone());
                instances.len() - 1
            });
        }
        self.instances = instances;
        self
    }

    fn spacing_is_even(&self) -> bool {
        let lattice = volume::lattice(&self.instances, &self.stack, 1, 1);
        !lattice.warnings.iter().any(|w| matches!(w, Warning::UnequalSpacing { .. }))
    }

    /// Parts by one attribute that are evenly spaced where the whole is not: the larger of two where the other is a
    /// single slice (its localizer), or all of them where exactly one attribute has several values.
    fn better_parts(self) -> Result<Vec<Self>, Box<Self>> {
        let split = |value: Value| {
            let mut parts: Vec<(String, Vec<Instance>)> = Vec::new();
            for instance in &self.instances {
                let value = value(instance);
                match parts.iter_mut().find(|(v, _)| *v == value) {
                    Some((_, part)) => part.push(instance.clone()),
                    None => parts.push((value, vec![instance.clone()])),
                }
                if parts.len() > 256 {
                    break;
                }
            }
            parts
        };
        let splits: Vec<_> = SPLITTERS.iter().map(|(_, value)| split(*value)).collect();
        let series = |part: &[Instance], preferred: bool| {
            let stack = match volume::arrange(part, &all_slices(part)) {
                Arrangement::One(stack) => stack,
                Arrangement::Uneven(_) => return None,
            };
            let series = Self::new(part.to_vec(), stack, "", preferred);
            series.spacing_is_even().then_some(series)
        };
        for parts in splits.iter().filter(|p| p.len() == 2) {
            let (large, small) = if parts[0].1.len() > parts[1].1.len() { (0, 1) } else { (1, 0) };
            if parts[small].1.len() == 1
                && parts[large].1.len() > 2
                && let Some(main) = series(&parts[large].1, true)
                && let Some(mut localizer) = series(&parts[small].1, false)
            {
                localizer.name += " - localizer";
                return Ok(vec![main, localizer]);
            }
        }
        let several: Vec<usize> = (0..splits.len()).filter(|&n| splits[n].len() > 1).collect();
        if let [only] = several[..] {
            // Single slices are no better than an uneven stack of them.
            let parts = &splits[only];
            if parts.iter().all(|(_, part)| part.len() > 1) {
                let made: Option<Vec<Self>> = parts.iter().map(|(_, part)| series(part, true)).collect();
                if let Some(mut made) = made {
                    for (n, series) in made.iter_mut().enumerate() {
                        series.name += &format!(" - {} {}", SPLITTERS[only].0, n + 1);
                    }
                    return Ok(made);
                }
            }
        }
        Err(Box::new(self))
    }

    /// The series' files, by path.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Name for a node: `<SeriesNumber>: <SeriesDescription>`, and what tells this part of a series from the others.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is what people want of the series, rather than its localizer.
    pub const fn is_preferred(&self) -> bool {
        self.preferred
    }

    /// Files in the order of their slices, repetition by repetition.
    pub fn files(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = Vec::new();
        for slice in self.stack.repetitions.iter().flatten() {
            let path = self.instances[slice.instance].path.as_path();
            if files.last() != Some(&path) {
                files.push(path);
            }
        }
        files
    }

    /// Decodes the series' image, slices in parallel.
    ///
    /// # Errors
    /// [`Error::File`] for a file that cannot be decoded, [`Error::TooLarge`] for claims beyond the files' sizes.
    pub fn load(&self) -> Result<DicomImage, Error> {
        load::load(&self.instances, &self.stack, self.name.clone())
    }
}

/// Whether an object's frames make volumes: they have positions, and each position has as many frames.
fn makes_volumes(instance: &Instance) -> bool {
    let own = std::slice::from_ref(instance);
    instance.frames.iter().all(|f| f.position.is_some())
        && matches!(volume::arrange(own, &all_slices(own)), Arrangement::One(_))
}

fn all_slices(instances: &[Instance]) -> Vec<Slice> {
    let frames =
        |(instance, i): (usize, &Instance)| (0..i.frames.len()).map(move |frame| Slice { instance, frame });
    instances.iter().enumerate().flat_map(frames).collect()
}
