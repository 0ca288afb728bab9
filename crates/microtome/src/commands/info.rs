//! `microtome info`: what files, folders and scenes hold.

use std::fmt::Write;
use std::path::PathBuf;

use microtome_workbench::{Description, TransformDescription, Workbench, describe, is_scene};
use serde_json::json;

use crate::cli::Common;
use crate::commands::scene;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  microtome info brain.nii.gz\n  microtome info scan-folder/ --json\n  microtome info case.mrb"
)]
pub(crate) struct Args {
    /// Files, scenes, or folders of DICOM files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut nodes = Vec::new();
    let mut hierarchies = Vec::new();
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    for path in &args.paths {
        let shown = path.display().to_string();
        let mut workbench = Workbench::new();
        let openings = match workbench.open(path, &common.open_options()) {
            Err(error) => {
                errors.push((shown, error.to_string()));
                continue;
            }
            Ok(openings) => openings,
        };
        let whole = is_scene(path);
        if whole && !args.json {
            console::result(&format!("{shown}\n  scene of {} nodes\n", openings.nodes.len()))?;
        }
        for message in openings.warnings {
            if args.json {
                warnings.push(json!({"path": shown, "message": message}));
            } else {
                common.warn(&format!("{shown}: {message}"));
            }
        }
        let several = whole || openings.nodes.len() > 1;
        for opening in openings.nodes {
            let description = describe(&workbench.measured(workbench.node(&opening.id)?));
            let id = several.then(|| opening.id.to_string());
            let found =
                Description { path: Some(shown.clone()), id, warnings: opening.warnings, ..description };
            if !args.json {
                let text = if whole { scene_line(&found) } else { text(&found) };
                console::result(&text)?;
                let place = if several { format!("{shown}: \"{}\"", found.name) } else { shown.clone() };
                found.warnings.iter().for_each(|w| common.warn(&format!("{place}: {w}")));
            }
            nodes.push(found);
        }
        // Of a single file it would say again what was said.
        if !several && !path.is_dir() {
            continue;
        }
        if args.json {
            hierarchies.extend(scene::tree_json(workbench.scene()).into_iter().map(|mut item| {
                item["path"] = json!(shown);
                item
            }));
        } else {
            let tree = scene::tree(workbench.scene());
            tree.lines().try_for_each(|line| console::result(&format!("  {line}\n")))?;
        }
    }
    if args.json {
        let errors: Vec<_> =
            errors.iter().map(|(path, message)| json!({"path": path, "message": message})).collect();
        let mut document = json!({ "nodes": nodes, "errors": errors });
        // Of whole files; what is wrong with one node is said there.
        if !warnings.is_empty() {
            document["warnings"] = json!(warnings);
        }
        if !hierarchies.is_empty() {
            document["hierarchy"] = json!(hierarchies);
        }
        console::result(&format!("{document:#}\n"))?;
    }
    let Some(((_, last), others)) = errors.split_last() else { return Ok(()) };
    others.iter().for_each(|(_, message)| console::error(message));
    Err(Failure::new(last.clone()))
}

/// A node among those of a scene: what it is, and below that what it holds.
fn scene_line(d: &Description) -> String {
    let text = text(d);
    let details = text.lines().skip(2).map(|line| format!("  {line}\n")).collect::<String>();
    format!("{}{details}", title(d))
}

/// What a node is: its class, its name, and its identifier where it is one of several.
fn title(d: &Description) -> String {
    let id = d.id.as_ref().map_or_else(String::new, |id| format!("  {id}"));
    format!("  {} \"{}\"{id}\n", d.class, d.name)
}

fn text(d: &Description) -> String {
    let mut lines = format!("{}\n{}", d.path.as_deref().unwrap_or_default(), title(d));
    let mut line = |name: &str, value: String| {
        let _ = writeln!(lines, "  {name:<12} {value}");
    };
    if let (Some(dims), Some(spacing)) = (d.dimensions, d.spacing) {
        line("dimensions", format!("{} × {} × {}", dims[0], dims[1], dims[2]));
        line("spacing", format!("{} mm", numbers(&spacing, " × ")));
    }
    if let Some(origin) = d.origin {
        line("origin", format!("{} mm (RAS)", numbers(&origin, ", ")));
    }
    if let Some(rows) = d.ijk_to_ras {
        for (n, row) in rows[..3].iter().enumerate() {
            line(if n == 0 { "IJK to RAS" } else { "" }, numbers(row, "  "));
        }
    }
    if let (Some(scalar_type), Some(components), Some(frames)) = (d.scalar_type, d.components, d.frames) {
        let mut voxels = scalar_type.to_owned();
        if components > 1 {
            let _ = write!(voxels, ", {components} components");
        }
        if frames > 1 {
            let _ = write!(voxels, ", {frames} frames");
        }
        line("voxels", voxels);
    }
    if let (Some([Some(min), Some(max)]), Some(mean)) = (d.range, d.mean) {
        line("values", format!("{} to {}, mean {}", number(min), number(max), number(mean)));
    }
    if let (Some(points), Some(cells)) = (d.points, d.cells) {
        line("mesh", format!("{points} points, {cells} cells"));
    }
    if let Some([x0, x1, y0, y1, z0, z1]) = d.bounds {
        line(
            "bounds",
            format!(
                "R {} to {}, A {} to {}, S {} to {} mm",
                number(x0),
                number(x1),
                number(y0),
                number(y1),
                number(z0),
                number(z1)
            ),
        );
    }
    let arrays: Vec<&str> =
        [&d.point_arrays, &d.cell_arrays].into_iter().flatten().flatten().map(String::as_str).collect();
    if !arrays.is_empty() {
        line("arrays", arrays.join(", "));
    }
    if let Some(rows) = d.matrix_to_parent {
        for (n, row) in rows[..3].iter().enumerate() {
            line(if n == 0 { "to parent" } else { "" }, numbers(row, "  "));
        }
    }
    if let (Some(parts), Some(to_parent)) = (&d.parts, d.maps_to_parent) {
        line("leads", if to_parent { "to the parent" } else { "from the parent" }.to_owned());
        for (n, part) in parts.iter().enumerate() {
            line(if n == 0 { "transform" } else { "then" }, part_text(part));
        }
    }
    if let Some(segments) = &d.segments {
        d.representations.iter().for_each(|forms| line("forms", forms.join(", ")));
        line("segments", segments.len().to_string());
        for segment in segments {
            let [r, g, b] = segment.color.map(|c| (c.clamp(0.0, 1.0) * 255.0).round() as u8);
            let kind = meaning(&segment.terminology).map_or_else(String::new, |kind| format!(", {kind}"));
            let size = match segment.points {
                Some(points) => format!("{points} points"),
                None => format!("{} voxels", segment.voxels),
            };
            line("", format!("{}  #{r:02x}{g:02x}{b:02x}, {size}{kind}", segment.name));
        }
    }
    if let Some(points) = &d.control_points {
        line("points", points.len().to_string());
        for point in points {
            let place = point.position.map(|position| numbers(&position, ", "));
            let told: Vec<&str> = place.as_deref().into_iter().chain(point.status).collect();
            line("", format!("{}  {}", point.label, told.join("  ")));
        }
    }
    if let Some(shape) = &d.shape {
        line("centre", format!("{} mm (RAS)", numbers(&shape.center, ", ")));
        line("size", format!("{} mm", numbers(&shape.size, " × ")));
        if let ([_, _], [.., normal]) = (shape.size.as_slice(), &shape.axes) {
            line("normal", numbers(normal, ", "));
        }
    }
    for (n, measured) in d.measurements.iter().flatten().enumerate() {
        let value = measured.value.map_or("not enough points".to_owned(), number);
        let units = if measured.value.is_some() { measured.units.as_str() } else { "" };
        let text = format!("{} {value} {units}", measured.name);
        line(if n == 0 { "measured" } else { "" }, text.trim_end().to_owned());
    }
    if let (Some(columns), Some(rows)) = (&d.columns, d.rows) {
        line("table", format!("{} columns, {rows} rows: {}", columns.len(), columns.join(", ")));
    }
    if let Some(colors) = d.colors {
        line("colours", colors.to_string());
    }
    if let Some(functions) = &d.transfer_functions {
        line(
            "points",
            format!(
                "{} colour, {} opacity, {} gradient opacity",
                functions.color, functions.scalar_opacity, functions.gradient_opacity
            ),
        );
    }
    if let Some(items) = d.items {
        line("items", items.to_string());
    }
    if let Some([name, first, last, unit]) = &d.index {
        line("index", format!("{name} {first} to {last} {unit}").trim_end().to_owned());
    }
    if let Some(lines) = d.lines {
        line("lines", lines.to_string());
    }
    lines
}

/// A part of a transform that bends.
fn part_text(part: &TransformDescription) -> String {
    let inverse = if part.inverse { "inverse of a " } else { "" };
    let mut text = format!("{inverse}{}", part.kind);
    if let (Some(dims), Some(spacing), Some(origin)) = (part.dimensions, part.spacing, part.origin) {
        let _ = write!(
            text,
            " of {} × {} × {} nodes, {} mm apart, from {} mm (RAS)",
            dims[0],
            dims[1],
            dims[2],
            numbers(&spacing, " × "),
            numbers(&origin, ", ")
        );
    }
    if let Some(landmarks) = part.landmarks {
        let _ = write!(text, " through {landmarks} landmarks");
    }
    if let Some(matrix) = part.matrix {
        let rows = matrix[..3].iter().map(|row| numbers(row, " "));
        let _ = write!(text, " {}", rows.collect::<Vec<_>>().join(" / "));
    }
    text
}

/// What the type of a terminology entry means.
fn meaning(terminology: &str) -> Option<&str> {
    let meaning = terminology.split('~').nth(2)?.rsplit('^').next()?;
    Some(meaning).filter(|meaning| !meaning.is_empty())
}

fn numbers(values: &[f64], separator: &str) -> String {
    values.iter().map(|&v| number(v)).collect::<Vec<_>>().join(separator)
}

/// Up to six significant digits, without trailing zeros.
fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return v.to_string();
    }
    let decimals = (5 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{v:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
