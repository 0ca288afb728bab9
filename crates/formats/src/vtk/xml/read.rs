//! From the XML to a data set.

use microtome_image::{Array, Bytes, ScalarType, with_scalar_type};
use microtome_mesh::{Attribute, Mesh, Role};
use roxmltree::Node;

use super::NAME;
use super::data::Codec;
use super::document::Document;
use crate::data::{Data, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::mesh::space::Space;
use crate::source::{ReadOptions, Source};
use crate::vtk::cells::CellList;
use crate::vtk::dataset::{DataSet, Field, Lattice, Shape, Values, add_attribute, check_room, product};
use crate::vtk::mesh::reordered;

pub(super) fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let (set, mut warnings) = data_set(&source.bytes()?, options)?;
    let metadata = Metadata::default();
    let data = if matches!(set.shape, Shape::Image(_)) {
        Data::Image(crate::vtk::image::into_image(NAME, set, metadata, &mut warnings)?)
    } else {
        Data::Mesh(crate::vtk::mesh::into_mesh(NAME, set, None, metadata, &mut warnings)?)
    };
    Ok(Loaded::new(data, warnings))
}

/// Poly data whose coordinates are RAS whatever its field data say, and the field data.
///
/// # Errors
/// As those of the files; [`Error::Unsupported`] for other data sets.
pub(crate) fn read_block(
    bytes: &Bytes,
    options: &ReadOptions,
) -> Result<(Mesh, Vec<Field>, Vec<Warning>), Error> {
    let (mut set, mut warnings) = data_set(bytes, options)?;
    if !matches!(set.shape, Shape::PolyData(_)) {
        return Err(Error::Unsupported { format: NAME, what: "a block that is not poly data".to_owned() });
    }
    let fields = std::mem::take(&mut set.fields);
    let ras = Some(Space::Ras);
    let data = crate::vtk::mesh::into_mesh(NAME, set, ras, Metadata::default(), &mut warnings)?;
    Ok((data.mesh, fields, warnings))
}

fn data_set(bytes: &Bytes, options: &ReadOptions) -> Result<(DataSet, Vec<Warning>), Error> {
    let document = Document::cut(bytes)?;
    let xml = document.parse()?;
    let root = xml.root_element();
    if root.tag_name().name() != "VTKFile" {
        let why = format!("its root is <{}>", root.tag_name().name());
        return Err(Error::NotThisFormat { format: NAME, why });
    }
    let kind = root.attribute("type").unwrap_or_default();
    if !matches!(kind, "PolyData" | "UnstructuredGrid" | "ImageData") {
        return Err(Error::Unsupported { format: NAME, what: format!("the type \"{kind}\"") });
    }
    let codec = Codec::new(root, document.appended.as_ref(), options.max_bytes)?;
    let mut reader = Reader { codec, warnings: Vec::new() };
    let body = child(root, kind)?;
    let fields = reader.fields(body)?;
    let mut set =
        if kind == "ImageData" { reader.image(body)? } else { reader.mesh(body, kind == "PolyData")? };
    set.fields = fields;
    Ok((set, reader.warnings))
}

struct Reader<'a> {
    codec: Codec<'a>,
    warnings: Vec<Warning>,
}

/// One piece of a mesh.
#[derive(Default)]
struct Piece {
    points: Option<Array>,
    /// Vertices, lines, polygons and strips; or all cells of a grid first.
    lists: [CellList; 4],
    types: Vec<u8>,
    point_data: Vec<Attribute>,
    cell_data: Vec<Attribute>,
}

impl Piece {
    fn point_count(&self) -> usize {
        self.points.as_ref().map_or(0, |p| p.len() / 3)
    }

    fn cell_count(&self) -> usize {
        self.lists.iter().map(CellList::len).sum()
    }
}

impl Reader<'_> {
    fn fields(&self, body: Node<'_, '_>) -> Result<Vec<Field>, Error> {
        let mut fields = Vec::new();
        for array in body.children().filter(|n| n.has_tag_name("FieldData")).flat_map(arrays) {
            check_room(NAME, fields.len())?;
            let components = components(array)?;
            let count = match array.attribute("NumberOfTuples") {
                Some(_) => Some(product(NAME, "values", number(array, "NumberOfTuples")?, components)?),
                None => None,
            };
            let values = self.codec.values(array, count)?;
            if values.len().is_multiple_of(components) {
                fields.push(Field { name: name(array), components, values });
            }
        }
        Ok(fields)
    }

    fn mesh(&mut self, body: Node<'_, '_>, poly_data: bool) -> Result<DataSet, Error> {
        let mut pieces = Vec::new();
        for node in body.children().filter(|n| n.has_tag_name("Piece")) {
            let piece = self.piece(node, poly_data)?;
            if piece.point_count() > 0 || piece.cell_count() > 0 {
                pieces.push(piece);
            }
        }
        let whole =
            if pieces.len() > 1 { self.joined(pieces, poly_data)? } else { pieces.pop().unwrap_or_default() };
        let [first, lines, polygons, strips] = whole.lists;
        let shape = if poly_data {
            Shape::PolyData([first, lines, polygons, strips])
        } else {
            Shape::Grid(first, whole.types)
        };
        let points = whole.points.unwrap_or_else(|| Array::from(Vec::<f32>::new()));
        Ok(DataSet {
            shape,
            points,
            point_data: whole.point_data,
            cell_data: whole.cell_data,
            fields: Vec::new(),
        })
    }

    fn piece(&mut self, node: Node<'_, '_>, poly_data: bool) -> Result<Piece, Error> {
        let points = number(node, "NumberOfPoints")?;
        let mut piece = Piece::default();
        if points > 0 {
            let array = arrays(child(node, "Points")?).next();
            let array =
                array.ok_or_else(|| Error::Missing { format: NAME, field: "array of Points".to_owned() })?;
            let values = self.codec.values(array, Some(product(NAME, "points", points, 3)?))?;
            piece.points = Some(numbers(array, values)?);
        }
        if poly_data {
            let names = ["Verts", "Lines", "Polys", "Strips"];
            for (list, name) in piece.lists.iter_mut().zip(names) {
                let count = match node.attribute(format!("NumberOf{name}").as_str()) {
                    Some(_) => number(node, &format!("NumberOf{name}"))?,
                    None => 0,
                };
                if count > 0 {
                    *list = self.cells(child(node, name)?, count)?;
                }
            }
        } else {
            let count = number(node, "NumberOfCells")?;
            if count > 0 {
                let cells = child(node, "Cells")?;
                piece.lists[0] = self.cells(cells, count)?;
                let types = self.codec.values(named(cells, "types")?, Some(count))?;
                let types = numbers(cells, types)?.cast(ScalarType::UInt8);
                piece.types = types.as_slice::<u8>().unwrap_or_default().to_vec();
            }
        }
        piece.point_data = self.attributes(node, "PointData", points)?;
        piece.cell_data = self.attributes(node, "CellData", piece.cell_count())?;
        Ok(piece)
    }

    fn cells(&self, node: Node<'_, '_>, count: usize) -> Result<CellList, Error> {
        let offsets = named(node, "offsets")?;
        let ends = numbers(offsets, self.codec.values(offsets, Some(count))?)?;
        let connectivity = named(node, "connectivity")?;
        let points = numbers(connectivity, self.codec.values(connectivity, None)?)?;
        CellList::from_arrays(NAME, &ends, &points)
    }

    fn attributes(
        &mut self,
        piece: Node<'_, '_>,
        section: &str,
        tuples: usize,
    ) -> Result<Vec<Attribute>, Error> {
        let mut attributes = Vec::new();
        let Some(node) = piece.children().find(|n| n.has_tag_name(section)) else { return Ok(attributes) };
        let roles = [
            ("Scalars", Role::Scalars),
            ("Vectors", Role::Vectors),
            ("Normals", Role::Normals),
            ("TCoords", Role::TextureCoordinates),
            ("Tensors", Role::Tensors),
        ];
        for array in arrays(node) {
            check_room(NAME, attributes.len())?;
            let components = components(array)?;
            let count = product(NAME, "values", tuples, components)?;
            if count == 0 {
                continue;
            }
            let name = name(array);
            let role = roles.iter().find(|(key, _)| node.attribute(*key) == Some(name.as_str()));
            let role = role.map_or(Role::Field, |(_, role)| *role);
            let values = self.codec.values(array, Some(count))?;
            add_attribute(&mut attributes, name, components, role, values, &mut self.warnings);
        }
        Ok(attributes)
    }

    /// The pieces as one; arrays that are not alike in all of them are left out.
    fn joined(&mut self, pieces: Vec<Piece>, poly_data: bool) -> Result<Piece, Error> {
        let mut whole = Piece::default();
        let mut first = 0;
        for piece in &pieces {
            for (list, part) in whole.lists.iter_mut().zip(&piece.lists) {
                list.append(NAME, part, first)?;
            }
            whole.types.extend_from_slice(&piece.types);
            first += piece.point_count();
        }
        let parts: Vec<&Array> = pieces.iter().filter_map(|p| p.points.as_ref()).collect();
        whole.points = Some(concatenated(&parts));
        whole.point_data = self.common(pieces.iter().map(|p| &p.point_data).collect());
        whole.cell_data = self.common(pieces.iter().map(|p| &p.cell_data).collect());
        if poly_data {
            // Each piece has its kinds one after the other; the whole has each kind of all pieces together.
            let mut starts = Vec::with_capacity(pieces.len());
            let mut start = 0;
            for piece in &pieces {
                starts.push(start);
                start += piece.cell_count();
            }
            let mut order = Vec::with_capacity(start);
            for kind in 0..4 {
                for (piece, start) in pieces.iter().zip(&mut starts) {
                    order.extend(*start..*start + piece.lists[kind].len());
                    *start += piece.lists[kind].len();
                }
            }
            for attribute in &mut whole.cell_data {
                attribute.values = reordered(&attribute.values, attribute.components, &order);
            }
        }
        Ok(whole)
    }

    fn common(&mut self, pieces: Vec<&Vec<Attribute>>) -> Vec<Attribute> {
        let mut common = Vec::new();
        for attribute in pieces[0] {
            let alike = |a: &&Attribute| a.name == attribute.name && a.components == attribute.components;
            let parts: Vec<&Attribute> = pieces.iter().filter_map(|list| list.iter().find(alike)).collect();
            if parts.len() < pieces.len() {
                let message =
                    format!("the array \"{}\" is not in every piece and is not kept", attribute.name);
                self.warnings.push(Warning::new(message));
                continue;
            }
            let values: Vec<&Array> = parts.iter().map(|a| &a.values).collect();
            common.push(Attribute { values: concatenated(&values), ..attribute.clone() });
        }
        common
    }

    fn image(&mut self, body: Node<'_, '_>) -> Result<DataSet, Error> {
        let mut pieces = body.children().filter(|n| n.has_tag_name("Piece"));
        let piece = child(body, "Piece")?;
        if pieces.nth(1).is_some() {
            return Err(Error::Unsupported { format: NAME, what: "an image of several pieces".to_owned() });
        }
        let extent_of = if piece.has_attribute("Extent") { (piece, "Extent") } else { (body, "WholeExtent") };
        let extent: [i64; 6] = list(extent_of.0, extent_of.1)?
            .ok_or_else(|| Error::Missing { format: NAME, field: "WholeExtent".to_owned() })?;
        let mut dims = [0; 3];
        for (axis, dim) in dims.iter_mut().enumerate() {
            let size = extent[axis * 2 + 1].checked_sub(extent[axis * 2]).and_then(|n| n.checked_add(1));
            let bad = || {
                Error::field(
                    NAME,
                    "Extent",
                    &format!("{extent:?}"),
                    "each axis needs its first and last index",
                )
            };
            *dim = size.and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0).ok_or_else(bad)?;
        }
        let direction: Option<[f64; 9]> = list(body, "Direction")?;
        let lattice = Lattice {
            dims,
            start: [extent[0], extent[2], extent[4]],
            origin: list(body, "Origin")?.unwrap_or([0.0; 3]),
            spacing: list(body, "Spacing")?.unwrap_or([1.0; 3]),
            direction: direction.map_or(Lattice::IDENTITY, |d| {
                std::array::from_fn(|r| [d[r * 3], d[r * 3 + 1], d[r * 3 + 2]])
            }),
        };
        let count = |dims: [usize; 3]| {
            let pixels = product(NAME, "voxels", dims[0], dims[1])?;
            product(NAME, "voxels", pixels, dims[2])
        };
        let points = count(dims)?;
        let cells = count(dims.map(|d| (d - 1).max(1)))?;
        Ok(DataSet {
            shape: Shape::Image(lattice),
            points: Array::from(Vec::<f32>::new()),
            point_data: self.attributes(piece, "PointData", points)?,
            cell_data: self.attributes(piece, "CellData", cells)?,
            fields: Vec::new(),
        })
    }
}

fn concatenated(parts: &[&Array]) -> Array {
    let types = parts.iter().map(|a| a.scalar_type());
    let scalar_type = types.max().unwrap_or(ScalarType::Float32);
    let mixed = parts.iter().any(|a| a.scalar_type() != scalar_type);
    // Mixed integer and float types go together in double precision.
    let scalar_type = if mixed { ScalarType::Float64 } else { scalar_type };
    with_scalar_type!(scalar_type, T => {
        let mut values: Vec<T> = Vec::with_capacity(parts.iter().map(|a| a.len()).sum());
        for part in parts {
            values.extend_from_slice(part.cast(scalar_type).as_slice::<T>().unwrap_or_default());
        }
        Array::from(values)
    })
}

fn arrays<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|n| n.has_tag_name("DataArray") || n.has_tag_name("Array"))
}

fn child<'a, 'i>(node: Node<'a, 'i>, tag: &str) -> Result<Node<'a, 'i>, Error> {
    let found = node.children().find(|n| n.has_tag_name(tag));
    found.ok_or_else(|| Error::Missing { format: NAME, field: tag.to_owned() })
}

/// The array of this name.
fn named<'a, 'i>(node: Node<'a, 'i>, wanted: &str) -> Result<Node<'a, 'i>, Error> {
    let found = arrays(node).find(|n| n.attribute("Name") == Some(wanted));
    found.ok_or_else(|| Error::Missing { format: NAME, field: wanted.to_owned() })
}

fn name(node: Node<'_, '_>) -> String {
    node.attribute("Name").unwrap_or_default().to_owned()
}

fn numbers(node: Node<'_, '_>, values: Values) -> Result<Array, Error> {
    match values {
        Values::Numbers(values) => Ok(values),
        Values::Text(_) => Err(Error::field(NAME, name(node), "String", "numbers are needed")),
    }
}

fn number(node: Node<'_, '_>, attribute: &str) -> Result<usize, Error> {
    let text = node
        .attribute(attribute)
        .ok_or_else(|| Error::Missing { format: NAME, field: attribute.to_owned() })?;
    text.trim().parse().map_err(|_| Error::field(NAME, attribute, text, "a count is needed"))
}

fn components(node: Node<'_, '_>) -> Result<usize, Error> {
    let given = node.attribute("NumberOfComponents").is_some();
    let components = if given { number(node, "NumberOfComponents")? } else { 1 };
    // VTK writes 0 for arrays that have nothing in them.
    Ok(components.max(1))
}

/// The `N` numbers of an attribute; `None` where there is no such attribute.
fn list<T: std::str::FromStr + Copy + Default, const N: usize>(
    node: Node<'_, '_>,
    attribute: &str,
) -> Result<Option<[T; N]>, Error> {
    let Some(text) = node.attribute(attribute) else { return Ok(None) };
    let values: Vec<T> = text.split_ascii_whitespace().map_while(|w| w.parse().ok()).collect();
    let values = <[T; N]>::try_from(values);
    values.map(Some).map_err(|_| Error::field(NAME, attribute, text, format!("{N} numbers are needed")))
}
