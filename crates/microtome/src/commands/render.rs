//! `microtome render`: a picture without a window.

use std::path::PathBuf;

use microtome_workbench::{
    Camera, CameraChoice, Layout, LookFrom, PictureFailure, PictureRequest, ViewName, Workbench, write_whole,
};

use crate::cli::Common;
use crate::commands::open::open;
use crate::commands::scene;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  microtome render ct.nrrd -o ct.png
  microtome render scan-folder/ -o bone.png --layout 3d --preset CT-Bone --camera left
  microtome render ct.nrrd labels.nrrd -o axial.png --layout red --offset red=12.5 --window 350 --level 40
  microtome render case.mrb -o tumour.png --scene-view \"Tumour from the left\"")]
pub(crate) struct Args {
    /// What to show: the first volume is the background, further ones lie over it
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The picture to write
    #[arg(short, long, value_name = "OUT.png")]
    output: PathBuf,
    /// Views and their arrangement [default: four-up]
    #[arg(long, value_name = "NAME", value_parser = layout)]
    layout: Option<Layout>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1024x768", value_parser = size)]
    size: [usize; 2],
    /// Where a slice view cuts, mm along its axis; repeatable
    #[arg(long, value_name = "VIEW=MM", value_parser = offset, allow_hyphen_values = true)]
    offset: Vec<(ViewName, f64)>,
    /// Width of the range of values shown
    #[arg(long, requires = "level", allow_hyphen_values = true)]
    window: Option<f64>,
    /// Middle of the range of values shown
    #[arg(long, requires = "window", allow_hyphen_values = true)]
    level: Option<f64>,
    /// Volume rendering preset, for example CT-Bone [default: one that fits the values]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// What draws; there is one renderer, on the processor
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = ["auto", "cpu"])]
    renderer: String,
    /// Where 3D views look from: front, back, left, right, top, bottom, or nine numbers px,py,pz,fx,fy,fz,ux,uy,uz
    /// (position, focal point, up; RAS mm)
    #[arg(long, value_name = "WHERE", default_value = "front", value_parser = camera, allow_hyphen_values = true)]
    camera: CameraChoice,
    /// Colour behind 3D views
    #[arg(long, value_name = "#rrggbb", value_parser = color)]
    background: Option<[u8; 3]>,
    /// Colour table of the topmost volume, for example Viridis
    #[arg(long, value_name = "NAME")]
    colormap: Option<String>,
    /// As the scene view of this name shows it
    #[arg(long, value_name = "NAME")]
    scene_view: Option<String>,
    /// No letters, rulers and texts
    #[arg(long)]
    plain: bool,
}

fn layout(text: &str) -> Result<Layout, String> {
    Layout::from_name(text).ok_or_else(|| format!("one of {}", Layout::NAMES.join(", ")))
}

/// The largest side of a picture.
const LARGEST: usize = 16384;

fn size(text: &str) -> Result<[usize; 2], String> {
    let numbers =
        text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    let size = numbers.ok_or("width and height, for example 1024x768")?;
    if size.iter().all(|s| (16..=LARGEST).contains(s)) {
        Ok(size)
    } else {
        Err(format!("16 to {LARGEST} pixels"))
    }
}

fn offset(text: &str) -> Result<(ViewName, f64), String> {
    let (view, mm) = text.split_once('=').ok_or("a view and millimetres, for example red=12.5")?;
    let mm = mm.parse::<f64>().ok().filter(|mm| mm.is_finite()).ok_or(format!("\"{mm}\" is not a number"))?;
    match ViewName::from_name(view).filter(|name| name.orientation().is_some()) {
        Some(name) => Ok((name, mm)),
        None => Err(format!("there is no slice view \"{view}\"; there are red, yellow, green")),
    }
}

fn color(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let error = || "a colour like #000000".to_owned();
    if digits.len() != 6 || !digits.is_ascii() {
        return Err(error());
    }
    let number = u32::from_str_radix(digits, 16).map_err(|_| error())?;
    let [_, r, g, b] = number.to_be_bytes();
    Ok([r, g, b])
}

fn camera(text: &str) -> Result<CameraChoice, String> {
    let from = match text {
        "front" => LookFrom::Front,
        "back" => LookFrom::Back,
        "left" => LookFrom::Left,
        "right" => LookFrom::Right,
        "top" => LookFrom::Top,
        "bottom" => LookFrom::Bottom,
        numbers => return exact_camera(numbers),
    };
    Ok(CameraChoice::Fitted(from))
}

fn exact_camera(text: &str) -> Result<CameraChoice, String> {
    let error =
        || "front, back, left, right, top, bottom, or nine numbers px,py,pz,fx,fy,fz,ux,uy,uz".to_owned();
    let numbers: Vec<f64> =
        text.split(',').map(|n| n.trim().parse().map_err(|_| error())).collect::<Result<_, _>>()?;
    let [px, py, pz, fx, fy, fz, ux, uy, uz] = *numbers.as_slice() else { return Err(error()) };
    let camera = Camera {
        position: [px, py, pz].into(),
        focal_point: [fx, fy, fz].into(),
        up: [ux, uy, uz].into(),
        ..Camera::default()
    };
    let view = camera.focal_point - camera.position;
    if view.cross(camera.up).normalized().is_none() {
        return Err(
            "the position must differ from the focal point, and up must not point along the view".to_owned()
        );
    }
    Ok(CameraChoice::Given(camera))
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    if args.output.extension().is_none_or(|e| !e.eq_ignore_ascii_case("png")) {
        let message = format!("cannot write {}: pictures are PNG files", args.output.display());
        return Err(Failure::new(message).advise("name the output something.png"));
    }
    let mut workbench = Workbench::new();
    let mut ids = Vec::new();
    for path in &args.paths {
        ids.extend(open(&mut workbench, path, common)?);
    }
    if let Some(name) = &args.scene_view {
        scene::restore(&mut workbench, name)?;
        ids.retain(|id| workbench.scene().node(id).is_some());
    }
    let request = PictureRequest {
        layout: args.layout.unwrap_or_default(),
        size: args.size,
        offsets: args.offset.clone(),
        window_level: args.window.zip(args.level),
        preset: args.preset.clone(),
        color_table: args.colormap.clone(),
        camera: args.camera,
        background: args.background,
        annotated: !args.plain,
        ..PictureRequest::default()
    };
    let ids: Vec<_> = ids.iter().collect();
    let png = workbench.picture(&ids, &request).map_err(|error| failed(args, &error))?;
    let unwritten = |error| Failure::new(format!("cannot write {}: {error}", args.output.display()));
    write_whole(&args.output, &png).map_err(unwritten)
}

fn failed(args: &Args, error: &PictureFailure) -> Failure {
    match error {
        PictureFailure::UnknownPreset { .. } | PictureFailure::UnknownColorTable { .. } => {
            Failure::usage(error.to_string())
        }
        _ => {
            let paths: Vec<String> = args.paths.iter().map(|p| p.display().to_string()).collect();
            Failure::new(format!("cannot draw {}: {error}", paths.join(", ")))
        }
    }
}
