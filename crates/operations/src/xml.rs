//! Declarations as Slicer execution model XML.

use std::fmt::Write;

use serde_json::Value as Json;

use crate::declaration::{Declaration, Parameter, ParameterType};
use crate::value::DataKind;

impl Declaration {
    /// The declaration in the XML of Slicer's execution model, so that Slicer can offer the operation as a module.
    pub fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<executable>\n");
        element(&mut xml, 1, "category", &capitalized(self.category));
        element(&mut xml, 1, "title", self.title);
        element(&mut xml, 1, "description", &self.description);
        element(&mut xml, 1, "version", env!("CARGO_PKG_VERSION"));
        xml.push_str(
            "  <parameters>\n    <label>Data</label>\n    <description>Inputs and outputs</description>\n",
        );
        for input in &self.inputs {
            data(&mut xml, &input.name, input.kind, "input", &input.description);
        }
        for output in &self.outputs {
            data(&mut xml, &output.name, output.kind, "output", &output.description);
        }
        xml.push_str("  </parameters>\n");
        if !self.parameters.is_empty() {
            xml.push_str(
                "  <parameters>\n    <label>Parameters</label>\n    <description>Settings</description>\n",
            );
            self.parameters.iter().for_each(|p| parameter(&mut xml, p));
            xml.push_str("  </parameters>\n");
        }
        if !self.values.is_empty() {
            xml.push_str(
                "  <parameters>\n    <label>Results</label>\n    <description>Values found</description>\n",
            );
            for value in &self.values {
                let tag = scalar_tag(&value.kind);
                let _ = writeln!(xml, "    <{tag}>");
                names(&mut xml, &value.name, &value.description);
                element(&mut xml, 3, "channel", "output");
                let _ = writeln!(xml, "    </{tag}>");
            }
            xml.push_str("  </parameters>\n");
        }
        xml.push_str("</executable>\n");
        xml
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn element(xml: &mut String, depth: usize, tag: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(xml, "{:width$}<{tag}>{}</{tag}>", "", escaped(text), width = depth * 2);
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The label for people of a kebab-case name.
fn label(name: &str) -> String {
    capitalized(&name.replace('-', " "))
}

/// Names and flags are identifiers in Slicer's execution model: an underscore stands for each hyphen, here and on the
/// command line.
fn names(xml: &mut String, name: &str, description: &str) {
    let identifier = name.replace('-', "_");
    element(xml, 3, "name", &identifier);
    element(xml, 3, "longflag", &format!("--{identifier}"));
    element(xml, 3, "label", &label(name));
    element(xml, 3, "description", description);
}

fn data(xml: &mut String, name: &str, kind: DataKind, channel: &str, description: &str) {
    let (tag, attributes) = match kind {
        DataKind::Volume => ("image", ""),
        DataKind::Labelmap | DataKind::Segmentation => ("image", " type=\"label\""),
        DataKind::Model => ("geometry", " type=\"model\""),
        DataKind::Transform => ("transform", ""),
        DataKind::Markups => ("pointfile", " fileExtensions=\".mrk.json,.fcsv\""),
        DataKind::Table => ("table", ""),
    };
    let _ = writeln!(xml, "    <{tag}{attributes}>");
    names(xml, name, description);
    element(xml, 3, "channel", channel);
    let _ = writeln!(xml, "    </{tag}>");
}

const fn scalar_tag(kind: &ParameterType) -> &'static str {
    match kind {
        ParameterType::Number => "double",
        ParameterType::Integer => "integer",
        ParameterType::Boolean => "boolean",
        ParameterType::Choice(_) => "string-enumeration",
        ParameterType::Numbers(_) | ParameterType::NumberList => "double-vector",
        ParameterType::Integers(_) | ParameterType::IntegerList => "integer-vector",
        ParameterType::Text | ParameterType::TextList => "string",
        ParameterType::Points => "point",
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn parameter(xml: &mut String, p: &Parameter) {
    let tag = scalar_tag(&p.kind);
    let attributes = match p.kind {
        ParameterType::Points => " multiple=\"true\" coordinateSystem=\"ras\"",
        ParameterType::TextList => " multiple=\"true\"",
        _ => "",
    };
    let _ = writeln!(xml, "    <{tag}{attributes}>");
    names(xml, &p.name, &p.description);
    if !p.default.is_null() && p.kind != ParameterType::Points {
        element(xml, 3, "default", &plain(&p.default));
    }
    if let ParameterType::Choice(words) = p.kind {
        words.iter().for_each(|word| element(xml, 3, "element", word));
    }
    if p.minimum.is_some() || p.maximum.is_some() {
        xml.push_str("      <constraints>\n");
        for (tag, bound) in [("minimum", p.minimum), ("maximum", p.maximum)] {
            if let Some(bound) = bound {
                element(xml, 4, tag, &bound.to_string());
            }
        }
        xml.push_str("      </constraints>\n");
    }
    let _ = writeln!(xml, "    </{tag}>");
}
