//! Says what DICOM files and folders hold: `describe PATH…`. A folder gives its series, a file its image.

use std::io::Write;
use std::path::PathBuf;

use microtome_dicom::{DicomImage, Error, read, scan};

fn describe(what: &str, loaded: &Result<DicomImage, Error>) -> String {
    match loaded {
        Err(error) => format!("{what}: error: {error}"),
        Ok(loaded) => {
            let image = &loaded.image;
            let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
            format!(
                "{what}: \"{}\" {:?} x {} components x {} frames, {}, {:?}, spacing {:?}, origin {:?}, windows {:?}, {warnings:?}",
                loaded.name,
                image.dims(),
                image.components(),
                image.frames(),
                image.scalar_type(),
                image.meaning(),
                image.grid().spacing(),
                image.grid().origin(),
                loaded.window_presets.iter().map(|w| (w.center, w.width)).collect::<Vec<_>>(),
            )
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for path in std::env::args().skip(1).map(PathBuf::from) {
        if !path.is_dir() {
            writeln!(out, "{}", describe(&path.display().to_string(), &read(&path)))?;
            continue;
        }
        let scan = scan(std::slice::from_ref(&path));
        for series in &scan.series {
            let preferred = if series.is_preferred() { "" } else { " (not preferred)" };
            let what = format!("{}: {} files{preferred}", path.display(), series.instances().len());
            writeln!(out, "{}", describe(&what, &series.load()))?;
        }
        writeln!(
            out,
            "{}: {} without image, {} rejected",
            path.display(),
            scan.others.len(),
            scan.rejected.len()
        )?;
    }
    Ok(())
}
