//! Transfer functions, terminologies and texts: round trips, the built-in presets, and bytes that are none.
#![allow(missing_docs)]

mod common;

use common::{again, read_bytes, written};
use microtome_formats::{Data, Error, Loaded, Source, TextData, VolumePropertyData, detect};
use microtome_records::{ColumnValues, Terminology, TerminologyContext, TransferPoint, VolumeProperty};
use proptest::prelude::*;

fn property(loaded: Result<Loaded, Error>) -> VolumePropertyData {
    match loaded.unwrap().data {
        Data::VolumeProperty(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

/// All of 3D Slicer's built-in presets, as the renderer ships them.
fn presets() -> Vec<VolumeProperty> {
    let text = include_str!("../../render/data/volume-rendering-presets.json");
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    fn rows<const N: usize, P: From<[f64; N]>>(value: &serde_json::Value) -> Vec<P> {
        let row = |row: &serde_json::Value| P::from(std::array::from_fn(|n| row[n].as_f64().unwrap()));
        value.as_array().unwrap().iter().map(row).collect()
    }
    let preset = |p: &serde_json::Value| {
        let number = |name: &str| p[name].as_f64().unwrap();
        VolumeProperty {
            color: rows(&p["color"]),
            scalar_opacity: rows(&p["scalarOpacity"]),
            gradient_opacity: rows(&p["gradientOpacity"]),
            linear_interpolation: p["interpolation"] == "linear",
            shade: p["shade"].as_bool().unwrap(),
            ambient: number("ambient"),
            diffuse: number("diffuse"),
            specular: number("specular"),
            specular_power: number("specularPower"),
            effective_range: match p["effectiveRange"].as_array() {
                Some(range) => [0, 1].map(|n| range[n].as_f64().unwrap()),
                None => VolumeProperty::default().effective_range,
            },
        }
    };
    document["presets"].as_array().unwrap().iter().map(preset).collect()
}

#[test]
fn every_preset_comes_back() {
    let presets = presets();
    assert_eq!(presets.len(), 31);
    for property in presets {
        let data =
            Data::VolumeProperty(VolumePropertyData { property: property.clone(), ..Default::default() });
        assert_eq!(again(&data, "a.vp.json"), data);
        // Nine lines say nothing of the range.
        let effective_range = VolumeProperty::default().effective_range;
        let property = VolumeProperty { effective_range, ..property };
        let data = VolumePropertyData { property, ..Default::default() };
        assert_eq!(again(&Data::VolumeProperty(data.clone()), "a.vp"), Data::VolumeProperty(data));
    }
}

#[test]
fn nine_lines() {
    let text = "1\n0\n0.9\n\n0.2\n10\n4 0 0 255 1\n6 0 1 10 0.5 255 1\n8 255 1 1 1 0 0 0.5 0\n";
    let p = property(read_bytes("a.vp", text.as_bytes())).property;
    assert!(p.linear_interpolation && !p.shade);
    assert_eq!((p.diffuse, p.ambient, p.specular, p.specular_power), (0.9, 0.3, 0.2, 10.0));
    assert_eq!(p.scalar_opacity, [[0.0, 0.0], [255.0, 1.0]].map(TransferPoint::from));
    assert_eq!(p.color, [[0.0, 0.0, 0.5, 0.0], [255.0, 1.0, 1.0, 1.0]].map(TransferPoint::from));
    for (from, to, expected) in [
        ("4 0 0 255 1", "2 0 0 255 1", "scalarOpacity"),
        ("8 255", "7 255", "colorTransfer"),
        ("0.9", "much", "diffuse"),
        ("0.5 255", "nan 255", "gradientOpacity"),
    ] {
        let error = read_bytes("a.vp", text.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
    assert!(matches!(read_bytes("a.vp", b"\n\n\n"), Err(Error::NotThisFormat { .. })));
}

#[test]
fn json_properties_keep_what_the_model_does_not_hold() {
    let text = r#"{"@schema":"https://x/volume-property-schema-v1.0.0.json#","volumeProperties":[{"effectiveRange":[0,220],
        "interpolationType":"nearest","isoSurfaceValues":[5],"components":[{"shade":true,"lighting":{"diffuse":1,"ambient":0.2},
        "rgbTransferFunction":{"type":"colorTransferFunction","points":[{"x":40,"color":[0.5,0,1]},{"x":0,"color":[0,0,0],"midpoint":0.25},{"x":40,"color":[1,1,1]}]},
        "scalarOpacity":{"type":"piecewiseLinearFunction","points":[{"x":0,"y":0},{"x":9,"y":1}]}},{"shade":false}]},
        {"components":[{"grayTransferFunction":{"points":[{"x":1,"y":0.5}]}}]}]}"#;
    let loaded = read_bytes("presets.json", text.as_bytes()).unwrap();
    let [Data::VolumeProperty(gray)] = loaded.others.as_slice() else { panic!() };
    assert_eq!(gray.property.color, [TransferPoint::new(1.0, [0.5; 3])]);
    assert_eq!(
        (gray.property.shade, gray.property.diffuse, gray.property.specular_power),
        (false, 0.7, 10.0)
    );
    let data = property(Ok(loaded));
    let p = &data.property;
    // Points of one place keep their order.
    let black = TransferPoint { midpoint: 0.25, ..TransferPoint::new(0.0, [0.0; 3]) };
    assert_eq!(
        p.color,
        [black, TransferPoint::new(40.0, [0.5, 0.0, 1.0]), TransferPoint::new(40.0, [1.0, 1.0, 1.0])]
    );
    assert_eq!(
        (p.linear_interpolation, p.shade, p.specular, p.effective_range),
        (false, true, 0.2, [0.0, 220.0])
    );
    let kept = |data: &VolumePropertyData| {
        let bytes = written(&Data::VolumeProperty(data.clone()), "b.vp.json").unwrap().bytes().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        value["volumeProperties"][0].clone()
    };
    assert_eq!(kept(&data)["components"][0]["rgbTransferFunction"]["points"][1]["midpoint"], 0.25);
    assert_eq!(kept(&data)["components"].as_array().unwrap().len(), 2);
    // Edited, it is what it is now.
    let edited =
        VolumePropertyData { property: VolumeProperty { shade: false, ..p.clone() }, ..data.clone() };
    assert_eq!(kept(&edited)["components"].as_array().unwrap().len(), 1);
    assert_eq!(property(read_bytes("a.vp.json", kept_file(&edited).as_bytes())).property, edited.property);
    let bad = text.replace("{\"x\":9,\"y\":1}", "{\"x\":9}");
    let error = read_bytes("a.vp.json", bad.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("scalarOpacity.points[1]"), "{error}");
}

#[test]
fn functions_bend_after_a_load_and_a_save() {
    let bent =
        |x: f64, y: f64, midpoint: f64, sharpness: f64| TransferPoint { x, y: [y], midpoint, sharpness };
    let opacity = vec![bent(0.0, 0.2, 0.3, 0.5), bent(10.0, 0.9, 0.8, 0.0), bent(20.0, 0.4, 0.5, 0.0)];
    let color = opacity.iter().map(|p| TransferPoint {
        x: p.x,
        y: [p.y[0], 0.5, 0.1],
        midpoint: 0.1,
        sharpness: 0.25,
    });
    let property = VolumeProperty {
        color: color.collect(),
        gradient_opacity: opacity[1..].to_vec(),
        scalar_opacity: opacity,
        ..VolumeProperty::default()
    };
    let data = Data::VolumeProperty(VolumePropertyData { property: property.clone(), ..Default::default() });
    assert_eq!(again(&data, "a.vp.json"), data);
    // Nine lines have no words for it: short stretches stand for the bends.
    let Data::VolumeProperty(back) = again(&data, "a.vp") else { panic!() };
    let straight = &back.property.scalar_opacity;
    assert!(back.property.is_straight() && straight.len() == 65);
    for pair in straight.windows(2) {
        let x = (pair[0].x + pair[1].x) / 2.0;
        let n = usize::from(x > 10.0);
        let [exact] = property.scalar_opacity[n].towards(&property.scalar_opacity[n + 1], x);
        assert!((pair[0].towards(&pair[1], x)[0] - exact).abs() < 0.02, "{x}");
    }
}

fn kept_file(data: &VolumePropertyData) -> String {
    let source = written(&Data::VolumeProperty(data.clone()), "b.vp.json").unwrap();
    String::from_utf8(source.bytes().unwrap().to_vec()).unwrap()
}

const SEGMENTS: &str = r#"{"SegmentationCategoryTypeContextName":"General","@schema":"https://x/segment-context-schema.json#",
 "SegmentationCodes":{"Category":[{"CodeMeaning":"Tissue","CodingSchemeDesignator":"SCT","CodeValue":"85756007","showAnatomy":"True",
  "Type":[{"CodeMeaning":"Artery","CodingSchemeDesignator":"SCT","CodeValue":"51114001","recommendedDisplayRGBValue":["216","101","79"],"3dSlicerLabel":"artery"},
          {"CodeMeaning":"Kidney","CodingSchemeDesignator":"SCT","CodeValue":"64033007","Modifier":[
            {"CodeMeaning":"Left","CodingSchemeDesignator":"SCT","CodeValue":"7771000","recommendedDisplayRGBValue":[212,126,151]}]}]},
  {"CodeMeaning":"Empty","CodingSchemeDesignator":"X","CodeValue":"1","showAnatomy":false}]}}"#;

fn terminology(text: &str) -> Terminology {
    match read_bytes("a.term.json", text.as_bytes()).unwrap().data {
        Data::Terminology(terminology) => terminology,
        other => panic!("{:?}", other.kind()),
    }
}

#[test]
fn terminologies() {
    let list = terminology(SEGMENTS);
    assert_eq!(list.name, "General");
    let TerminologyContext::SegmentTypes(categories) = &list.context else { panic!() };
    assert!(categories[0].shows_anatomy && !categories[1].shows_anatomy);
    assert_eq!(categories[0].children[0].color, Some([216, 101, 79]));
    assert_eq!(categories[0].children[0].slicer_label.as_deref(), Some("artery"));
    assert_eq!(categories[0].children[1].children[0].color, Some([212, 126, 151]));
    let table = list.table();
    let column = |name: &str| match &table.columns.iter().find(|c| c.name == name).unwrap().values {
        ColumnValues::Text(cells) => cells.clone(),
        ColumnValues::Numbers(_) => panic!("{name}"),
    };
    assert_eq!(column("Category_CodeMeaning"), ["Tissue", "Tissue", "Tissue", "Empty"]);
    assert_eq!(column("Type_CodeMeaning"), ["Artery", "Kidney", "Kidney", ""]);
    assert_eq!(column("TypeModifier_CodeMeaning"), ["", "", "Left", ""]);
    assert_eq!(column("Color_R"), ["216", "", "212", ""]);
    let regions = r#"{"AnatomicContextName":"Regions","AnatomicCodes":{"AnatomicRegion":[
        {"CodeMeaning":"Head","CodingSchemeDesignator":"SCT","CodeValue":"69536005","Modifier":[
        {"CodeMeaning":"Right","CodingSchemeDesignator":"SCT","CodeValue":"24028007"}]}]}}"#;
    let TerminologyContext::AnatomicRegions(regions) = terminology(regions).context else { panic!() };
    assert_eq!(regions[0].children[0].meaning, "Right");
    let error =
        read_bytes("a.json", SEGMENTS.replace("\"CodeValue\":\"51114001\",", "").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("Category[0].Type[0].CodeValue"), "{error}");
    assert!(read_bytes("a.term.json", b"{}").is_err());
}

#[test]
fn texts_are_what_nothing_else_is() {
    for (name, text) in [
        ("notes.txt", "Seen on Monday:\r\n\tnothing.\n"),
        ("a.xml", "<note>ö</note>"),
        ("a.json", "{\"a\": [1, 2]}"),
        ("b.json", "\u{feff}[1]"),
    ] {
        let data = TextData { text: text.to_owned(), ..TextData::default() };
        let loaded = read_bytes(name, text.as_bytes()).unwrap();
        assert_eq!(loaded.data, Data::Text(data.clone()), "{name}");
        assert_eq!(&written(&loaded.data, name).unwrap().bytes().unwrap()[..], text.as_bytes());
    }
    for (name, head, expected) in [
        ("a.json", SEGMENTS, "term.json"),
        ("a.json", "{\"@schema\": \"markups-schema-v1.0.3.json\"", "mrk.json"),
        ("a.txt", "#Insight Transform File V1.0\n", "ITK text transform"),
        ("a.txt", "a\tb\n1\t2\n", "delimited table"),
        ("a.txt", "# Color table file x\n", "colour table"),
    ] {
        let format = detect(name, head.as_bytes()).unwrap();
        assert_eq!(format.name.to_lowercase(), expected.to_lowercase(), "{name}");
    }
    for (name, bytes) in
        [("a.txt", &b"a\0b"[..]), ("a.txt", b""), ("a.bin", b"abc"), ("a.txt", b"\xff\xfe x y")]
    {
        assert!(detect(name, bytes).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(
        name in prop::sample::select(vec!["a.vp", "a.vp.json", "a.term.json", "a.txt", "a.json", "a.xml"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read_bytes(name, &bytes);
    }

    #[test]
    fn any_nine_lines_are_refused_or_come_back(text in "([0-9 .e\n-]){0,120}") {
        if let Ok(loaded) = read_bytes("a.vp", text.as_bytes()) {
            prop_assert_eq!(again(&loaded.data, "b.vp"), loaded.data);
        }
    }

    #[test]
    fn any_damaged_file_is_refused_or_comes_back(
        which in 0..31_usize,
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let data = VolumePropertyData { property: presets().swap_remove(which), ..Default::default() };
        let mut bytes = kept_file(&data).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(loaded) = read_bytes("a.vp.json", &bytes) {
            prop_assert_eq!(again(&loaded.data, "b.vp.json"), loaded.data);
        }
        let mut bytes = SEGMENTS.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = read_bytes("a.term.json", &bytes);
    }
}
