//! Writing NRRD.

use std::fmt::Write as _;

use microtome_geometry::Grid;
use microtome_image::{Endian, Image, Meaning, ScalarType};

use crate::data::{ImageData, Metadata};
use crate::error::Error;
use crate::gzip::write_gzip;
use crate::image::permute::permuted;
use crate::sink::{Sink, WriteOptions};
use crate::table_of_formats::is_format_field;

use super::axes::{Kind, Layout, Role};
use super::header::{Header, escaped};
use super::{IDENTITY, NAME, is_segmentation_key};

/// Raw voxels in the same file begin at a multiple of this, so that any type can be used in place when the file is
/// mapped.
const ALIGNMENT: usize = 64;

/// Writes the image.
pub(crate) fn write(
    data: &ImageData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let converted = options.scalar_type.map(|scalar_type| data.image.cast(scalar_type));
    let image = converted.as_ref().unwrap_or(&data.image);
    let layout = layout(image, &data.metadata);
    let level = options.compression.level();
    let mut text = header(image, &layout, &data.metadata)?;
    let _ = writeln!(text, "encoding: {}", if level.is_some() { "gzip" } else { "raw" });

    // Each file axis is the axis of the image at its place in the image's order.
    let order = layout.image_order();
    let sizes: Vec<usize> = order.iter().map(|&n| layout.axes[n].1).collect();
    let to_file: Vec<usize> = (0..order.len()).filter_map(|n| order.iter().position(|&m| m == n)).collect();
    let array = permuted(image.array(), &sizes, &to_file);

    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".nhdr") {
        let data_name =
            format!("{}{}", &name[..name.len() - 5], if level.is_some() { ".raw.gz" } else { ".raw" });
        let file = sink.create(&data_name)?;
        match level {
            Some(level) => write_gzip(&[array.as_bytes()], level, file)?,
            None => file.write_all(array.as_bytes())?,
        }
        file.flush()?;
        let _ = writeln!(text, "data file: {data_name}");
        pairs(&mut text, &data.metadata);
        text.push('\n');
        let file = sink.create(name)?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        return Ok(());
    }
    pairs(&mut text, &data.metadata);
    let file = sink.create(name)?;
    match level {
        Some(level) => {
            text.push('\n');
            file.write_all(text.as_bytes())?;
            write_gzip(&[array.as_bytes()], level, file)?;
        }
        None => {
            // A comment fills the header up; it takes its mark, its line end and the empty line after it.
            let fill = (text.len() + 3).next_multiple_of(ALIGNMENT) - text.len() - 3;
            let _ = write!(text, "#{}\n\n", "-".repeat(fill));
            file.write_all(text.as_bytes())?;
            file.write_all(array.as_bytes())?;
        }
    }
    file.flush()?;
    Ok(())
}

/// The order of axes that an image has in a file that says nothing else; `keys` are its key/value pairs' keys.
pub(super) fn usual_layout<'a>(image: &Image, mut keys: impl Iterator<Item = &'a str>) -> Layout {
    let layout = Layout::usual(image.dims(), image.components(), image.frames());
    if keys.any(|key| key.starts_with("DWMRI_") || is_segmentation_key(key)) {
        layout.frames_first()
    } else {
        layout
    }
}

/// The kinds that axes have in a file that says nothing else.
pub(super) fn usual_kinds(layout: &Layout, image: &Image) -> Vec<&'static str> {
    let floats = spatial_axes(layout) == 3 && !image.scalar_type().is_integer();
    let kind = |role: &Role| match role {
        Role::Space(_) => "domain",
        Role::Frames => "list",
        Role::Components => Kind::name_for(image.meaning(), image.components(), floats),
    };
    layout.axes.iter().map(|(role, _)| kind(role)).collect()
}

/// The order that the image was read in, if it still fits; else the usual one.
fn layout(image: &Image, metadata: &Metadata) -> Layout {
    let remembered = metadata
        .get("nrrd/axes")
        .and_then(|text| Layout::parse(text, image.dims(), image.components(), image.frames()))
        .filter(|layout| match spatial_axes(layout) {
            3 => true,
            2 => is_planar(image.grid()),
            _ => false,
        });
    remembered.unwrap_or_else(|| usual_layout(image, metadata.iter().map(|(key, _)| key)))
}

/// How many axes of space a file of this layout has.
pub(super) fn spatial_axes(layout: &Layout) -> usize {
    layout.axes.iter().filter(|(role, _)| matches!(role, Role::Space(_))).count()
}

/// Whether a grid of one slice lies as a two-dimensional file says by itself.
fn is_planar(grid: &Grid) -> bool {
    let rows = grid.ijk_to_ras().rows();
    grid.dims()[2] == 1 && rows[2] == [0.0, 0.0, 1.0, 0.0] && rows[0][2] == 0.0 && rows[1][2] == 0.0
}

/// The header's fields but those that say where the data is.
fn header(image: &Image, layout: &Layout, metadata: &Metadata) -> Result<String, Error> {
    let lps = image.grid().ijk_to_ras().to_lps();
    let degenerate = (0..3).any(|axis| lps.column(axis).length() == 0.0);
    if !lps.is_finite() || degenerate {
        let what = "a grid whose directions are zero or not finite".to_owned();
        return Err(Error::CannotHold { format: NAME, what });
    }
    let space = if spatial_axes(layout) == 2 { 2 } else { 3 };
    let mut text = String::from("NRRD0005\n");
    let mut put = |field: &str, value: &str| {
        let _ = writeln!(text, "{field}: {value}");
    };
    let remembered = Remembered::new(metadata, layout.axes.len());
    let line =
        |field: &str| metadata.get(&format!("nrrd/{field}")).map(|value| value.replace(['\n', '\r'], " "));
    if let Some(content) = line("content") {
        put("content", &content);
    }
    put("type", type_name(image.scalar_type()));
    put("dimension", &layout.axes.len().to_string());
    if space == 2 {
        put("space dimension", "2");
    } else {
        put("space", "left-posterior-superior");
    }
    let sizes: Vec<String> = layout.sizes().iter().map(usize::to_string).collect();
    put("sizes", &sizes.join(" "));
    let directions: Vec<String> = layout
        .axes
        .iter()
        .map(|(role, _)| match role {
            Role::Space(a) => vector(&lps.column(*a).coords()[..space]),
            _ => "none".to_owned(),
        })
        .collect();
    put("space directions", &directions.join(" "));
    let kinds = kinds(layout, image, remembered.words("kinds"));
    put("kinds", &kinds.join(" "));
    let centerings = remembered.words("centerings");
    if centerings.iter().flatten().all(|word| ["cell", "node", "???", "none"].contains(word))
        && let Some(words) = centerings
    {
        put("centerings", &words.join(" "));
    }
    if let Some(values) = remembered.numbers("thicknesses") {
        put("thicknesses", &numbers(&values));
    }
    for field in ["spacings", "axis mins", "axis maxs"] {
        if let Some(mut values) = remembered.numbers(field) {
            blank_space(&mut values, layout, || f64::NAN);
            put(field, &numbers(&values));
        }
    }
    if let Some(values) = remembered.quoted("labels") {
        put("labels", &quoted(&values));
    }
    let mut space_units = line("space units");
    if let Some(mut values) = remembered.quoted("units") {
        let of_space: Vec<String> = values
            .iter()
            .zip(&layout.axes)
            .filter(|(_, (r, _))| matches!(r, Role::Space(_)))
            .map(|(v, _)| v.clone())
            .collect();
        if of_space.iter().any(|unit| !unit.is_empty()) && space_units.is_none() {
            space_units = Some(quoted(&of_space));
        }
        // The units of axes with a direction are those of space.
        blank_space(&mut values, layout, String::new);
        if values.iter().any(|unit| !unit.is_empty()) {
            put("units", &quoted(&values));
        }
    }
    if let Some(units) = space_units
        && units.matches('"').count() == 2 * space
    {
        put("space units", &units);
    }
    put("space origin", &vector(&lps.translation().coords()[..space]));
    if space == 3 {
        let frame = remembered
            .vectors("measurement frame")
            .or((image.meaning() == Meaning::SpatialVector).then_some(IDENTITY));
        if let Some(frame) = frame {
            put("measurement frame", &vectors(&frame));
        }
    }
    for field in ["sample units", "min", "max", "old min", "old max"] {
        if let Some(value) = line(field) {
            put(field, &value);
        }
    }
    if image.scalar_type().size() > 1 {
        put("endian", if Endian::NATIVE == Endian::Big { "big" } else { "little" });
    }
    Ok(text)
}

/// The values of axes of space replaced.
fn blank_space<T>(values: &mut [T], layout: &Layout, blank: impl Fn() -> T) {
    for (value, (role, _)) in values.iter_mut().zip(&layout.axes) {
        if matches!(role, Role::Space(_)) {
            *value = blank();
        }
    }
}

/// The remembered kinds where they still fit, the usual ones elsewhere.
fn kinds(layout: &Layout, image: &Image, remembered: Option<Vec<&str>>) -> Vec<String> {
    let usual = usual_kinds(layout, image);
    let fits = |n: usize, name: &str| {
        let (role, size) = layout.axes[n];
        match (role, Kind::from_name(name)) {
            (Role::Space(_), Some(Kind::Domain)) | (Role::Frames, Some(Kind::Frames)) => true,
            (Role::Components, Some(Kind::Components(meaning, most))) => {
                meaning == image.meaning() && (most == 0 || most == size)
            }
            _ => false,
        }
    };
    usual
        .iter()
        .enumerate()
        .map(|(n, usual)| {
            let name = remembered.as_ref().map(|words| words[n]).filter(|name| fits(n, name));
            name.unwrap_or(usual).to_owned()
        })
        .collect()
}

/// Fields of the file that the image was read from, checked against the file to be written.
struct Remembered {
    header: Header,
    count: usize,
}

impl Remembered {
    fn new(metadata: &Metadata, count: usize) -> Self {
        let fields = metadata.iter().filter_map(|(key, value)| Some((key.strip_prefix("nrrd/")?, value)));
        Self { header: Header::of_fields(fields), count }
    }

    fn words(&self, field: &'static str) -> Option<Vec<&str>> {
        self.header.words(field, self.count).ok().flatten()
    }

    fn numbers(&self, field: &'static str) -> Option<Vec<f64>> {
        self.header.numbers(field, self.count).ok().flatten()
    }

    fn quoted(&self, field: &'static str) -> Option<Vec<String>> {
        self.header.quoted(field, self.count).ok().flatten()
    }

    fn vectors(&self, field: &'static str) -> Option<[[f64; 3]; 3]> {
        let vectors = self.header.vectors(field, 3).ok().flatten()?;
        let vectors: Vec<[f64; 3]> =
            vectors.into_iter().flatten().filter_map(|v| v.try_into().ok()).collect();
        vectors.try_into().ok()
    }
}

/// The key/value pairs. A key that the format has no way to write is left out.
fn pairs(text: &mut String, metadata: &Metadata) {
    for (key, value) in metadata.iter().filter(|(key, _)| !is_format_field(key)) {
        let holds =
            !key.is_empty() && !key.starts_with('#') && ![":=", ": ", ":\t"].iter().any(|s| key.contains(s));
        if holds {
            let _ = writeln!(text, "{}:={}", escaped(key), escaped(value));
        }
    }
}

/// Numbers with blanks between them.
pub(super) fn numbers(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(|v| number(*v)).collect();
    words.join(" ")
}

fn number(value: f64) -> String {
    // Adding zero turns -0 into 0.
    if value.is_nan() { "nan".to_owned() } else { (value + 0.0).to_string() }
}

/// Vectors with blanks between them.
pub(super) fn vectors(vectors: &[[f64; 3]]) -> String {
    let words: Vec<String> = vectors.iter().map(|v| vector(v)).collect();
    words.join(" ")
}

fn vector(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(|v| number(*v)).collect();
    format!("({})", words.join(","))
}

fn quoted(values: &[String]) -> String {
    let words: Vec<String> =
        values.iter().map(|v| format!("\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    words.join(" ")
}

const fn type_name(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Int8 => "signed char",
        ScalarType::UInt8 => "unsigned char",
        ScalarType::Int16 => "short",
        ScalarType::UInt16 => "unsigned short",
        ScalarType::Int32 => "int",
        ScalarType::UInt32 => "unsigned int",
        ScalarType::Int64 => "long long int",
        ScalarType::UInt64 => "unsigned long long int",
        ScalarType::Float32 => "float",
        ScalarType::Float64 => "double",
    }
}
