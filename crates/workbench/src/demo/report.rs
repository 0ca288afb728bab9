//! A report that is one file: text, tables and pictures together.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a report says.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub figures: Vec<Figure>,
    pub measurements: Vec<Measurement>,
}

/// A picture with its caption.
#[derive(Debug)]
pub(super) struct Figure {
    pub file: String,
    pub caption: String,
    pub png: Vec<u8>,
}

/// Something measured whose truth is known.
#[derive(Debug)]
pub(super) struct Measurement {
    pub name: String,
    pub value: f64,
    pub truth: f64,
    pub unit: String,
}

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } .note { opacity: .7; }
figure { margin: 2rem 0; } img { max-width: 100%; border-radius: 6px; background: #000; }
figcaption { margin-top: .3rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8884; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
";

impl Report {
    /// The whole report, which names nothing outside itself.
    pub(super) fn to_html(&self, files: &[String]) -> String {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>Microtome sample case</title>\
             <style>{STYLE}</style></head><body>\n<h1>Microtome sample case</h1>\n\
             <p class=\"note\">A patient made of numbers: every size below is known. Research use only, not for clinical \
             use. Microtome {}.</p>\n",
            env!("CARGO_PKG_VERSION")
        );
        // Writing to a String cannot fail.
        let _ = writeln!(
            html,
            "<h2>Measurements</h2>\n<table><tr><th>What</th><th>Measured</th><th>True</th><th>Error</th></tr>"
        );
        for m in &self.measurements {
            let error = (m.value - m.truth) / m.truth * 100.0;
            let _ = writeln!(
                html,
                "<tr><td>{}</td><td class=\"number\">{:.2} {u}</td><td class=\"number\">{:.2} {u}</td>\
                 <td class=\"number\">{error:+.1} %</td></tr>",
                escaped(&m.name),
                m.value,
                m.truth,
                u = escaped(&m.unit),
            );
        }
        let _ = writeln!(html, "</table>\n<h2>Pictures</h2>");
        for figure in &self.figures {
            let _ = writeln!(
                html,
                "<figure><img alt=\"{}\" src=\"data:image/png;base64,{}\"><figcaption>{} <span class=\"note\">{}</span>\
                 </figcaption></figure>",
                escaped(&figure.caption),
                STANDARD.encode(&figure.png),
                escaped(&figure.caption),
                escaped(&figure.file),
            );
        }
        let _ = writeln!(html, "<h2>Files beside this report</h2>\n<ul>");
        for file in files {
            let _ = writeln!(html, "<li>{}</li>", escaped(file));
        }
        html.push_str("</ul>\n</body></html>\n");
        html
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
