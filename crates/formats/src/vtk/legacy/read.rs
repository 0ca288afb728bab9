//! From the bytes of a legacy file to a data set.

use microtome_image::{Array, Bytes, ScalarType};
use microtome_mesh::Role;

use super::NAME;
use super::scanner::{Scanner, decoded};
use crate::data::Warning;
use crate::error::Error;
use crate::vtk::cells::CellList;
use crate::vtk::dataset::{DataSet, Field, Lattice, Shape, Values, add_attribute, check_room, product};

/// The title line and the data set, and partial trouble on the way.
pub(super) fn parse(bytes: Bytes) -> Result<(String, DataSet, Vec<Warning>), Error> {
    let mut scanner = Scanner::new(bytes);
    let magic = scanner.line();
    let not_this = |why: &str| Error::NotThisFormat { format: NAME, why: why.to_owned() };
    let version = magic.to_ascii_lowercase();
    let version =
        version.strip_prefix("# vtk datafile version").ok_or_else(|| not_this("its first line differs"))?;
    let major = version.trim().split('.').next().and_then(|v| v.parse::<u32>().ok());
    let major = major.ok_or_else(|| Error::field(NAME, "version", version, "a number is needed"))?;
    let title = scanner.line();
    let kind = scanner.words().unwrap_or_default().concat();
    let binary = match kind.to_ascii_uppercase().as_str() {
        "ASCII" => false,
        "BINARY" => true,
        _ => return Err(Error::field(NAME, "data kind", &kind, "it is neither ASCII nor BINARY")),
    };
    let mut reader = Reader::new(major);
    while let Some(words) = scanner.words() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Keywords are text in binary files too; only what array() reads is not.
        scanner.binary = binary;
        if !reader.keyword(&mut scanner, &words)? {
            break;
        }
    }
    reader.finish().map(|(set, warnings)| (title, set, warnings))
}

/// Which values the attribute keywords are about.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Geometry,
    Points(usize),
    Cells(usize),
}

struct Reader {
    /// The major file version: from 5 on, cells are two arrays.
    major: u32,
    kind: String,
    points: Array,
    lists: [CellList; 4],
    cells: CellList,
    cell_types: Vec<u8>,
    lattice: Lattice,
    section: Section,
    set: DataSet,
    warnings: Vec<Warning>,
}

impl Reader {
    fn new(major: u32) -> Self {
        let lattice = Lattice {
            dims: [0; 3],
            start: [0; 3],
            origin: [0.0; 3],
            spacing: [1.0; 3],
            direction: Lattice::IDENTITY,
        };
        let empty = Array::from(Vec::<f32>::new());
        let set = DataSet {
            shape: Shape::Image(lattice),
            points: empty.clone(),
            point_data: Vec::new(),
            cell_data: Vec::new(),
            fields: Vec::new(),
        };
        Self {
            major,
            kind: String::new(),
            points: empty,
            lists: Default::default(),
            cells: CellList::default(),
            cell_types: Vec::new(),
            lattice,
            section: Section::Geometry,
            set,
            warnings: Vec::new(),
        }
    }

    /// Reads what one keyword brings; `false` where the file holds nothing more that can be read.
    fn keyword(&mut self, scanner: &mut Scanner, words: &[&str]) -> Result<bool, Error> {
        let keyword = words.first().copied().unwrap_or_default().to_ascii_uppercase();
        match keyword.as_str() {
            "DATASET" => {
                self.kind = argument(words, 1)?.to_ascii_uppercase();
                let known =
                    matches!(self.kind.as_str(), "POLYDATA" | "UNSTRUCTURED_GRID" | "STRUCTURED_POINTS");
                if !known {
                    return Err(Error::Unsupported {
                        format: NAME,
                        what: format!("the data set {}", self.kind),
                    });
                }
            }
            "POINTS" => {
                let values = scanner.array(argument(words, 2)?, 3, count(words, 1)?)?;
                self.points = only_numbers("POINTS", values)?;
            }
            "VERTICES" => self.lists[0] = self.cell_list(scanner, words)?,
            "LINES" => self.lists[1] = self.cell_list(scanner, words)?,
            "POLYGONS" => self.lists[2] = self.cell_list(scanner, words)?,
            "TRIANGLE_STRIPS" => self.lists[3] = self.cell_list(scanner, words)?,
            "CELLS" => self.cells = self.cell_list(scanner, words)?,
            "CELL_TYPES" => {
                let types = scanner.numbers(ScalarType::Int32, count(words, 1)?)?;
                let types = types.as_slice::<i32>().unwrap_or_default().iter();
                let number = |&t: &i32| {
                    u8::try_from(t)
                        .map_err(|_| Error::field(NAME, "CELL_TYPES", &t.to_string(), "0 to 255 is needed"))
                };
                self.cell_types = types.map(number).collect::<Result<_, _>>()?;
            }
            "DIMENSIONS" => {
                let dims = [count(words, 1)?, count(words, 2)?, count(words, 3)?];
                self.lattice.dims = dims;
            }
            "SPACING" | "ASPECT_RATIO" => self.lattice.spacing = three(words)?,
            "ORIGIN" => self.lattice.origin = three(words)?,
            "METADATA" => while !scanner.line().is_empty() {},
            "POINT_DATA" => self.section = Section::Points(count(words, 1)?),
            "CELL_DATA" => self.section = Section::Cells(count(words, 1)?),
            "FIELD" => self.fields(scanner, words)?,
            _ => return self.attribute(scanner, &keyword, words),
        }
        Ok(true)
    }

    fn cell_list(&self, scanner: &mut Scanner, words: &[&str]) -> Result<CellList, Error> {
        let (cells, size) = (count(words, 1)?, count(words, 2)?);
        if self.major < 5 {
            let values = scanner.numbers(ScalarType::Int32, size)?;
            scanner.skip_metadata();
            return CellList::from_counted(NAME, cells, &values);
        }
        let mut array = |name: &str, length: usize| {
            let words = scanner.words().unwrap_or_default();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if !words.first().is_some_and(|word| word.eq_ignore_ascii_case(name)) {
                return Err(Error::Missing { format: NAME, field: name.to_owned() });
            }
            only_numbers(name, scanner.array(argument(&words, 1)?, 1, length)?)
        };
        let (offsets, connectivity) = (array("OFFSETS", cells)?, array("CONNECTIVITY", size)?);
        // The first offset is always 0: what counts is where each cell ends.
        let ends = offsets.cast(ScalarType::Int64);
        let ends = ends.as_slice::<i64>().unwrap_or_default();
        let ends = match ends.split_first() {
            Some((0, ends)) => ends.to_vec(),
            Some((first, _)) => {
                return Err(Error::field(NAME, "OFFSETS", &first.to_string(), "the first must be 0"));
            }
            None => Vec::new(),
        };
        CellList::from_arrays(NAME, &Array::from(ends), &connectivity)
    }

    /// The arrays behind `FIELD name count`.
    fn fields(&mut self, scanner: &mut Scanner, words: &[&str]) -> Result<(), Error> {
        for _ in 0..count(words, 2)? {
            check_room(
                NAME,
                self.set.fields.len().max(self.set.point_data.len()).max(self.set.cell_data.len()),
            )?;
            let missing = || Error::Missing { format: NAME, field: "an array of FIELD".to_owned() };
            let words = scanner.words().ok_or_else(missing)?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words == ["NULL_ARRAY"] {
                continue;
            }
            let name = decoded(argument(&words, 0)?);
            let (components, tuples) = (count(&words, 1)?, count(&words, 2)?);
            let values = scanner.array(argument(&words, 3)?, components, tuples)?;
            if components == 0 {
                continue;
            }
            match self.section {
                Section::Geometry => self.set.fields.push(Field { name, components, values }),
                _ => self.add(name, components, Role::Field, values),
            }
        }
        Ok(())
    }

    /// An attribute by its own keyword.
    fn attribute(&mut self, scanner: &mut Scanner, keyword: &str, words: &[&str]) -> Result<bool, Error> {
        let tuples = match self.section {
            Section::Points(count) | Section::Cells(count) => count,
            Section::Geometry => {
                return Err(Error::field(
                    NAME,
                    "keyword",
                    keyword,
                    "it is not known, or stands in a wrong place",
                ));
            }
        };
        check_room(NAME, self.set.point_data.len().max(self.set.cell_data.len()))?;
        let (role, components, type_at) = match keyword {
            "SCALARS" => {
                let components = if words.len() > 3 { count(words, 3)? } else { 1 };
                if scanner.comes("LOOKUP_TABLE") {
                    scanner.words();
                }
                (Role::Scalars, components, 2)
            }
            "VECTORS" => (Role::Vectors, 3, 2),
            "NORMALS" => (Role::Normals, 3, 2),
            "TENSORS" => (Role::Tensors, 9, 2),
            "TENSORS6" => (Role::Tensors, 6, 2),
            "TEXTURE_COORDINATES" => (Role::TextureCoordinates, count(words, 2)?, 3),
            "GLOBAL_IDS" | "PEDIGREE_IDS" | "EDGE_FLAGS" => (Role::Field, 1, 2),
            "COLOR_SCALARS" => {
                let components = count(words, 2)?;
                let values = colors(scanner, components, tuples)?;
                self.add(decoded(argument(words, 1)?), components, Role::Scalars, values);
                return Ok(true);
            }
            "LOOKUP_TABLE" => {
                colors(scanner, 4, count(words, 2)?)?;
                self.warnings.push(Warning::new("the colour lookup table is not kept"));
                return Ok(true);
            }
            _ => {
                let message = format!("what follows the unknown keyword \"{keyword}\" is not read");
                self.warnings.push(Warning::new(message));
                return Ok(false);
            }
        };
        let values = scanner.array(argument(words, type_at)?, components, tuples)?;
        self.add(decoded(argument(words, 1)?), components, role, values);
        Ok(true)
    }

    fn add(&mut self, name: String, components: usize, role: Role, values: Values) {
        let attributes = match self.section {
            Section::Cells(_) => &mut self.set.cell_data,
            _ => &mut self.set.point_data,
        };
        // VTK writes CELL_DATA 0 and the like: an empty array says nothing.
        if components > 0 && values.len() > 0 {
            add_attribute(attributes, name, components, role, values, &mut self.warnings);
        }
    }

    fn finish(mut self) -> Result<(DataSet, Vec<Warning>), Error> {
        self.set.points = self.points;
        self.set.shape = match self.kind.as_str() {
            "POLYDATA" => Shape::PolyData(self.lists),
            "UNSTRUCTURED_GRID" => {
                if self.cells.len() != self.cell_types.len() {
                    let why = format!("there are {} cells", self.cells.len());
                    return Err(Error::field(NAME, "CELL_TYPES", &self.cell_types.len().to_string(), why));
                }
                Shape::Grid(self.cells, self.cell_types)
            }
            "STRUCTURED_POINTS" => Shape::Image(self.lattice),
            _ => return Err(Error::Missing { format: NAME, field: "DATASET".to_owned() }),
        };
        Ok((self.set, self.warnings))
    }
}

/// Colours: bytes in binary files, numbers from 0 to 1 in text files.
fn colors(scanner: &mut Scanner, components: usize, tuples: usize) -> Result<Values, Error> {
    let count = product(NAME, "colours", components, tuples)?;
    let values = if scanner.binary {
        scanner.numbers(ScalarType::UInt8, count)?
    } else {
        scanner.numbers(ScalarType::Float64, count)?.rescale(255.0, 0.0, ScalarType::UInt8)
    };
    scanner.skip_metadata();
    Ok(Values::Numbers(values))
}

fn only_numbers(field: &str, values: Values) -> Result<Array, Error> {
    match values {
        Values::Numbers(values) => Ok(values),
        Values::Text(_) => Err(Error::field(NAME, field, "string", "numbers are needed")),
    }
}

fn argument<'a>(words: &[&'a str], at: usize) -> Result<&'a str, Error> {
    let keyword = words.first().copied().unwrap_or_default();
    words
        .get(at)
        .copied()
        .ok_or_else(|| Error::Missing { format: NAME, field: format!("argument {at} of {keyword}") })
}

fn count(words: &[&str], at: usize) -> Result<usize, Error> {
    let word = argument(words, at)?;
    word.parse().map_err(|_| Error::field(NAME, words[0], word, "a count is needed"))
}

fn three(words: &[&str]) -> Result<[f64; 3], Error> {
    let mut values = [0.0; 3];
    for (n, value) in values.iter_mut().enumerate() {
        let word = argument(words, n + 1)?;
        *value = word.parse().map_err(|_| Error::field(NAME, words[0], word, "a number is needed"))?;
    }
    Ok(values)
}
