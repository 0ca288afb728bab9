//! The XML of every operation keeps the rules of Slicer's execution model: what its parser accepts, and nothing else.

use std::collections::HashSet;

use microtome_operations::{ParameterType, operations};
use roxmltree::Node;

/// Elements beside `parameters` that `executable` may have.
const ABOUT: [&str; 8] = [
    "category",
    "title",
    "description",
    "version",
    "documentation-url",
    "license",
    "contributor",
    "acknowledgements",
];

/// Parameter elements and the attributes that each may have.
const PARAMETERS: [(&str, &[&str]); 15] = [
    ("integer", &["hidden", "multiple"]),
    ("float", &["hidden", "multiple"]),
    ("double", &["hidden", "multiple"]),
    ("string", &["hidden", "multiple"]),
    ("boolean", &["hidden"]),
    ("integer-vector", &[]),
    ("double-vector", &[]),
    ("string-enumeration", &["hidden"]),
    ("image", &["multiple", "type", "fileExtensions", "hidden", "reference"]),
    ("geometry", &["multiple", "aggregate", "type", "fileExtensions", "reference"]),
    ("transform", &["multiple", "type", "fileExtensions", "reference"]),
    ("table", &["multiple", "type", "hidden", "reference", "fileExtensions"]),
    ("point", &["multiple", "coordinateSystem"]),
    ("pointfile", &["multiple", "type", "fileExtensions", "coordinateSystem"]),
    ("region", &["multiple", "coordinateSystem"]),
];

fn texts<'a>(node: &Node<'a, '_>, tag: &str) -> Vec<&'a str> {
    node.children().filter(|c| c.has_tag_name(tag)).map(|c| c.text().unwrap_or("")).collect()
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn check(parameter: &Node<'_, '_>, seen: &mut HashSet<String>) -> Result<(), String> {
    let tag = parameter.tag_name().name();
    let (_, attributes) =
        PARAMETERS.iter().find(|(name, _)| *name == tag).ok_or_else(|| format!("no parameter is a {tag}"))?;
    if let Some(wrong) = parameter.attributes().find(|a| !attributes.contains(&a.name())) {
        return Err(format!("{tag} has no attribute {}", wrong.name()));
    }
    let [flag] = texts(parameter, "longflag")[..] else { return Err(format!("{tag} needs one flag")) };
    let flag = flag.trim_start_matches('-');
    if !is_identifier(flag) || texts(parameter, "name") != [flag] || !seen.insert(flag.to_owned()) {
        return Err(format!("{flag} is no identifier, not the name, or there twice"));
    }
    if texts(parameter, "label").len() != 1 || texts(parameter, "description").iter().all(|d| d.is_empty()) {
        return Err(format!("{flag} has no label or no description"));
    }
    let default = texts(parameter, "default").first().copied();
    let words = texts(parameter, "element");
    if (tag == "string-enumeration") == words.is_empty()
        || default.is_some_and(|d| !words.is_empty() && !words.contains(&d))
    {
        return Err(format!("{flag} offers {words:?} and has {default:?}"));
    }
    let numbers: Vec<f64> = match (tag, default) {
        ("integer" | "double" | "integer-vector" | "double-vector", Some(text)) if !text.is_empty() => text
            .split(',')
            .map(|n| n.parse().map_err(|_| format!("{flag} has the default {text}")))
            .collect::<Result<_, _>>()?,
        ("boolean", Some(text)) if !["true", "false"].contains(&text) => {
            return Err(format!("{flag} has the default {text}"));
        }
        _ => Vec::new(),
    };
    for constraints in parameter.children().filter(|c| c.has_tag_name("constraints")) {
        for bound in constraints.children().filter(Node::is_element) {
            let limit: f64 =
                bound.text().unwrap_or("").parse().map_err(|_| format!("{flag} has no number as bound"))?;
            let within = |n: &f64| match bound.tag_name().name() {
                "minimum" => *n >= limit,
                "maximum" => *n <= limit,
                _ => false,
            };
            if !numbers.iter().all(within) {
                return Err(format!("{flag} is beyond its bounds"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_operation_is_a_module() {
    for entry in operations() {
        let xml = (entry.declaration)().to_xml();
        let document = roxmltree::Document::parse(&xml).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
        let root = document.root_element();
        assert!(root.has_tag_name("executable"), "{}", entry.name);
        let mut seen = HashSet::new();
        for child in root.children().filter(Node::is_element) {
            if !child.has_tag_name("parameters") {
                assert!(ABOUT.contains(&child.tag_name().name()), "{}: {child:?}", entry.name);
                continue;
            }
            for parameter in child.children().filter(Node::is_element) {
                if ["label", "description"].contains(&parameter.tag_name().name()) {
                    continue;
                }
                check(&parameter, &mut seen).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
            }
        }
        assert!(!texts(&root, "category")[0].is_empty() && !texts(&root, "title")[0].is_empty());
        assert!(!texts(&root, "description")[0].is_empty(), "{}", entry.name);
    }
}

#[test]
fn every_operation_says_what_it_needs() {
    for entry in operations() {
        let declaration = (entry.declaration)();
        let described = declaration.inputs.iter().map(|i| &i.description);
        let described = described.chain(declaration.outputs.iter().map(|o| &o.description));
        let described = described.chain(declaration.values.iter().map(|v| &v.description));
        let described = described.chain(declaration.parameters.iter().map(|p| &p.description));
        assert!(described.chain([&declaration.description]).all(|d| !d.is_empty()), "{}", entry.name);
        for p in &declaration.parameters {
            let choice = matches!(p.kind, ParameterType::Choice(_));
            assert!(!choice || p.default.is_string() || p.default.is_null(), "{} {}", entry.name, p.name);
        }
        match declaration.inputs.as_slice() {
            [only] => assert_eq!(only.name, "input", "{}", entry.name),
            inputs => assert!(inputs.is_empty() || inputs.iter().any(|i| i.required), "{}", entry.name),
        }
        if let [only] = declaration.outputs.as_slice() {
            assert_eq!(only.name, "output", "{}", entry.name);
        }
    }
}
