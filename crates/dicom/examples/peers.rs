//! The DICOM operations of the peers' benchmark, by its protocol:
//! `--op dicom_series_explicit --data DIR --out STEM [--threads N] [--repeat R] [--budget S]`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use microtome_dicom::{DicomImage, Instance, scan, scan_instances};

type Failure = Box<dyn std::error::Error>;

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib: f64 = line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}

fn repeat<T>(
    times: usize,
    budget: f64,
    mut run: impl FnMut() -> Result<T, Failure>,
) -> Result<(T, Vec<f64>), Failure> {
    let mut seconds = Vec::new();
    loop {
        let start = Instant::now();
        let result = run()?;
        seconds.push(start.elapsed().as_secs_f64());
        if seconds.len() >= times || seconds.iter().sum::<f64>() > budget {
            return Ok((result, seconds));
        }
    }
}

fn series(folder: &Path) -> Result<DicomImage, Failure> {
    let scan = scan(&[folder.to_owned()]);
    Ok(scan.series.first().ok_or("there is no series")?.load()?)
}

fn write_nrrd(path: &Path, loaded: &DicomImage) -> Result<(), Failure> {
    let lps = loaded.image.grid().ijk_to_ras().to_lps();
    let vector = |v: [f64; 3]| format!("({},{},{})", v[0], v[1], v[2]);
    let axes: Vec<String> = (0..3).map(|a| vector(lps.column(a).coords())).collect();
    let sizes = loaded.image.dims().map(|d| d.to_string()).join(" ");
    let mut file = std::fs::File::create(path)?;
    write!(
        file,
        "NRRD0004\ntype: {}\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes}\nspace directions: {}\n\
         kinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: {}\n\n",
        loaded.image.scalar_type(),
        axes.join(" "),
        vector(lps.translation().coords()),
    )?;
    file.write_all(loaded.image.array().as_bytes())?;
    Ok(())
}

fn row(instance: &Instance) -> String {
    let number = instance.instance_number.map(|n| n.to_string()).unwrap_or_default();
    [
        &instance.patient_id,
        &instance.study_uid,
        &instance.series_uid,
        &instance.sop_instance_uid,
        &number,
        &instance.image_position,
    ]
    .map(String::as_str)
    .join("|")
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|n| arguments.get(n + 1));
    let number = |name: &str, default: f64| value(name).and_then(|v| v.parse().ok()).unwrap_or(default);
    let operation = value("--op").ok_or("--op is missing")?;
    let data = PathBuf::from(value("--data").ok_or("--data is missing")?);
    let stem = value("--out").ok_or("--out is missing")?;
    let (times, budget) = (number("--repeat", 5.0) as usize, number("--budget", 15.0));
    rayon::ThreadPoolBuilder::new().num_threads(number("--threads", 0.0) as usize).build_global()?;
    let (result, seconds) = if operation == "dicom_scan_1000" {
        let folder = data.join("dicom/scan1000");
        let ((instances, _), seconds) =
            repeat(times, budget, || Ok(scan_instances(std::slice::from_ref(&folder))))?;
        let mut rows: Vec<String> = instances.iter().map(row).collect();
        rows.sort();
        let path = format!("{stem}.txt");
        std::fs::write(&path, rows.join("\n"))?;
        (path, seconds)
    } else {
        let kind = operation.strip_prefix("dicom_series_").ok_or("no such operation")?;
        let folder = data.join("dicom").join(kind);
        let (loaded, seconds) = repeat(times, budget, || series(&folder))?;
        let path = format!("{stem}.nrrd");
        write_nrrd(Path::new(&path), &loaded)?;
        (path, seconds)
    };
    let mut sorted = seconds.clone();
    sorted.sort_by(f64::total_cmp);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{{\"op\": \"{operation}\", \"variant\": \"microtome\", \"median_s\": {}, \"min_s\": {}, \"times_s\": {seconds:?}, \
         \"peak_rss_mb\": {}, \"result\": \"{result}\"}}",
        sorted[sorted.len() / 2],
        sorted[0],
        peak_mib()
    )?;
    Ok(())
}
