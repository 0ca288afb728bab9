//! Tables and colour tables: real files (their values read off their text), round trips, and bytes that are none.
#![allow(missing_docs)]

mod common;

use common::{FolderSource, again, load, read_bytes, shared_data, written};
use microtome_formats::{ColorTableData, Data, Error, Loaded, MemorySource, ReadOptions, Source, TableData};
use microtome_image::Array;
use microtome_records::ColumnValues;
use proptest::prelude::*;

fn read_file(folder: &std::path::Path, name: &str) -> Result<Loaded, Error> {
    load(&FolderSource::new(&folder.join(name)), &ReadOptions::default())
}

fn table(loaded: Result<Loaded, Error>) -> TableData {
    match loaded.unwrap().data {
        Data::Table(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

fn colors(loaded: Result<Loaded, Error>) -> ColorTableData {
    match loaded.unwrap().data {
        Data::ColorTable(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

#[test]
fn a_table_with_its_schema() {
    let Some(folder) = shared_data("a_table_with_its_schema") else { return };
    let loaded = read_file(&folder.join("tables"), "table.csv").unwrap();
    // "some" is no number, and 1.5 and 2.5 are none of type int.
    let bad: Vec<_> = loaded.warnings.iter().map(|w| w.message.clone()).collect();
    assert_eq!(bad.len(), 5, "{bad:?}");
    assert!(bad.iter().any(|m| m.contains("3 cells of column \"TestInt\"")), "{bad:?}");
    let data = table(Ok(loaded));
    let column = |name: &str| data.table.columns.iter().find(|c| c.name == name).unwrap();
    let numbers = |name: &str| match &column(name).values {
        ColumnValues::Numbers(values) => values.clone(),
        ColumnValues::Text(_) => panic!("{name}"),
    };
    let ColumnValues::Text(strings) = &column("TestString").values else { panic!() };
    assert_eq!(strings[4], "some\\escape\\characters\\n\\t");
    assert!(matches!(column("Segment").values, ColumnValues::Text(_)));
    assert_eq!(numbers("TestBool"), Array::from(vec![0_u8, 1, 1, 1, 1, 1, 0, 1, 1, 1]));
    assert_eq!(numbers("TestInt"), Array::from(vec![-1_i32, 0, 1, 0, 0, 5, 6, 0, 0, 1]));
    assert_eq!(numbers("TestFloat").get(7), Some(1e6));
    assert!(numbers("SUV").get(8).unwrap().is_nan());
    assert_eq!(numbers("TestDouble").get(4), Some(1.23e19));
    let properties = &column("TestDouble").properties;
    assert!(properties.contains(&("unitLabel".into(), "mm".into())), "{properties:?}");
    for name in ["a.csv", "a.tsv", "a.txt"] {
        assert_eq!(again(&Data::Table(data.clone()), name), Data::Table(data.clone()), "{name}");
    }
}

#[test]
fn components_share_a_line_of_the_schema() {
    let schema = "columnName,type,componentNames,unit\nDose,float,R|G,cd\nn_R,int,,\n";
    let source = MemorySource::new("a.csv", b"Dose_R,Dose_G,n_R,Dose_B\n0.5,1,7,x\n".to_vec());
    let source = source.with_companion("a.schema.csv", schema.as_bytes().to_vec());
    let loaded = load(&source, &ReadOptions::default()).unwrap();
    let columns = &table(Ok(loaded.clone())).table.columns;
    assert_eq!(columns[1].values, ColumnValues::Numbers(Array::from(vec![1.0_f32])));
    assert_eq!(columns[2].values, ColumnValues::Numbers(Array::from(vec![7_i32])));
    assert_eq!(columns[3].values, ColumnValues::Text(vec!["x".to_owned()]));
    let written = written(&loaded.data, "b.csv").unwrap();
    let text = written.companion("b.schema.csv").unwrap();
    let expected = "columnName,type,componentNames,unit\nDose,float,R|G,cd\nn_R,int,,\nDose_B,string,,\n";
    assert_eq!(std::str::from_utf8(&text).unwrap(), expected);
    assert_eq!(again(&loaded.data, "b.csv"), loaded.data);
}

#[test]
fn tables_with_colors_but_no_labels_are_tables() {
    for (name, text) in [("t.tsv", "n\tColor_R\nx\t1\n"), ("t.csv", "n,Color_R,Color_G,Color_B\nx,1,2,3\n")] {
        let found = table(common::read_bytes(name, text.as_bytes())).table;
        assert_eq!(found.columns[0].values, ColumnValues::Text(vec!["x".to_owned()]), "{name}");
    }
    let labels = colors(common::read_bytes("t.csv", b"LabelValue,Name,Color_R\n3,x,255\n"));
    assert_eq!(labels.colors.entries[0].value, 3);
}

#[test]
fn tables_without_a_schema_are_text() {
    let data = table(read_bytes("a.csv", "\u{feff}a,b,c\r\n1,\"x, \"\"y\"\"\",\r\n2\r\n".as_bytes()));
    let text = |n: usize| match &data.table.columns[n].values {
        ColumnValues::Text(values) => values.clone(),
        ColumnValues::Numbers(_) => panic!(),
    };
    assert_eq!(data.table.columns[0].name, "a");
    assert_eq!([text(0), text(1), text(2)], [vec!["1", "2"], vec!["x, \"y\"", ""], vec!["", ""]]);
    assert_eq!(again(&Data::Table(data.clone()), "b.csv"), Data::Table(data));
    let long = read_bytes("a.tsv", b"a\tb\n1\t2\t3\n").unwrap();
    assert_eq!(long.warnings.len(), 1);
    assert!(read_bytes("a.csv", b"").is_err());
    // Many columns and many empty rows would be far more cells than bytes.
    let bomb = format!("{}\n{}", ",".repeat(1 << 17), ",\n".repeat(1 << 16));
    assert!(matches!(read_bytes("a.csv", bomb.as_bytes()), Err(Error::TooLarge { .. })));
}

#[test]
fn real_color_tables() {
    let Some(folder) = shared_data("real_color_tables") else { return };
    let read = |name: &str| read_file(&folder.join("tables"), name);
    let rgba = |c: [u8; 4]| c.map(|v| f32::from(v) / 255.0);
    for (name, expected) in [
        (
            "ColorTest.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 59, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTest.ctbl",
            vec![(0, "zero", [0, 0, 0, 255]), (1, "one", [255, 59, 21, 255]), (2, "two", [41, 84, 255, 255])],
        ),
        (
            "ColorTestMissingAlpha.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 59, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTestInvalidColor.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 0, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTestMissingName.csv",
            vec![(1, "", [10, 200, 40, 255]), (5, "", [255, 59, 21, 255]), (10, "", [41, 84, 255, 255])],
        ),
        (
            "ColorTestMissingColor.csv",
            vec![
                (1, "one", [10, 240, 0, 255]),
                (5, "five", [255, 59, 0, 255]),
                (10, "ten", [41, 84, 0, 255]),
            ],
        ),
    ] {
        let loaded = read(name).unwrap();
        let warned = ["Invalid", "MissingName", "MissingColor"].iter().any(|word| name.contains(word));
        assert_eq!(loaded.warnings.len(), usize::from(warned), "{name}: {:?}", loaded.warnings);
        let data = colors(Ok(loaded));
        let found: Vec<_> = data.colors.entries.iter().map(|e| (e.value, e.name.as_str(), e.color)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(v, n, c)| (v, n, rgba(c))).collect();
        assert_eq!(found, expected, "{name}");
        for extension in ["a.csv", "a.tsv", "a.ctbl", "a.txt"] {
            assert_eq!(
                again(&Data::ColorTable(data.clone()), extension),
                Data::ColorTable(data.clone()),
                "{name}"
            );
        }
    }
    // Without label values it is a table like any other, which has columns of colours.
    let plain = table(read("ColorTestMissingLabelValue.csv")).table;
    assert!(plain.columns.iter().any(|column| column.name == "Color_R"), "{plain:?}");

    let data = colors(read("ColorTestWithTerminology.csv"));
    let terms: Vec<_> = data.colors.entries.iter().map(|e| e.terminology.as_deref().unwrap()).collect();
    assert_eq!(terms[0], "SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~^^~^^");
    assert!(terms[2].ends_with("SCT^4147007^Mass~^^~SCT^64033007^Kidney~SCT^24028007^Right"));
    assert_eq!(again(&Data::ColorTable(data.clone()), "t.csv"), Data::ColorTable(data));
}

#[test]
fn plain_color_tables() {
    let text =
        "# Color table file x\n# 3 values\n0 _ 0 0 0 0\n1 'left'_kidney 300 -5 12.5 255\n7 no_alpha 1 2 3\n";
    let loaded = read_bytes("labels.txt", text.as_bytes()).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    let entries = colors(Ok(loaded)).colors.entries;
    assert_eq!(entries[0].name, "");
    assert_eq!((entries[1].value, entries[1].color[0], entries[1].color[1]), (1, 1.0, 0.0));
    assert_eq!((entries[2].value, entries[2].name.as_str(), entries[2].color[3]), (7, "no alpha", 0.0));
    let loaded = read_bytes("a.ctbl", b"1 a 1 0 0.5 1\n").unwrap();
    assert!(loaded.warnings[0].message.contains("malformed"));
    assert!(read_bytes("a.ctbl", b"# Color procedural file\n0 0 0 0\n").is_err());
    assert!(read_bytes("a.ctbl", b"1 a 1 0\n").is_err());
    assert!(read_bytes("a.ctbl", b"x a 1 0 0 1\n").is_err());
}

proptest! {
    #[test]
    fn any_text_is_refused_or_read(
        name in prop::sample::select(vec!["a.csv", "a.tsv", "a.txt", "a.ctbl"]),
        head in prop::sample::select(vec!["", "LabelValue,Name,Color_R\n", "columnName,type\n"]),
        text in "([0-9a-z,|\"' \t#{}\\[\\]:.=-]|\n|\r|\u{feff}|é){0,200}",
    ) {
        let _ = read_bytes(name, format!("{head}{text}").as_bytes());
    }

    /// What any schema makes of a table comes back, or is refused.
    #[test]
    fn any_schema_is_refused_or_comes_back(
        lines in prop::collection::vec("(a|b|b_R|<default>|),(int|bit|double|string|odd|),(R|R\\|G|),(-1|x|\"|)", 0..6),
    ) {
        let schema = format!("columnName,type,componentNames,nullValue\n{}\n", lines.join("\n"));
        let source = MemorySource::new("a.csv", b"a,b_R,b_G\n1,2,x\n,,\n".to_vec());
        let source = source.with_companion("a.schema.csv", schema.into_bytes());
        if let Ok(loaded) = load(&source, &ReadOptions::default()) {
            let _ = written(&loaded.data, "b.csv").map(|source| load(&source, &ReadOptions::default()).unwrap());
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(
        name in prop::sample::select(vec!["a.csv", "a.tsv", "a.txt", "a.ctbl"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read_bytes(name, &bytes);
    }
}
