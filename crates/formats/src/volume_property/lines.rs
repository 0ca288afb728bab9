//! Transfer functions in nine lines: `.vp`.
//!
//! Interpolation (0 or 1), shading (0 or 1), diffuse, ambient and specular light and its power, then the functions: opacity of
//! values, opacity of gradients, colour. A function is the count of its numbers, and these: `x y` or `x r g b` each. An empty
//! line says nothing. The range of the values that matter has no line. Nor has how a function bends between two points: such
//! stretches are written as many short straight ones.

use microtome_records::{TransferPoint, VolumeProperty};

use super::sorted;
use crate::data::{Data, Loaded, Metadata, VolumePropertyData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table::decoded;
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "vp";

/// Transfer functions in nine lines.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".vp"], sniff, read, writers: &[Writer::VolumeProperty(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    if FORMAT.extension_of(name).is_some() && !head.contains(&0) { Match::Name } else { Match::No }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let bytes = source.bytes()?;
    let text = decoded(&bytes, &mut warnings);
    let mut lines = text.lines().map(str::trim);
    let mut property = VolumeProperty::default();
    let mut line = || lines.next().unwrap_or_default();
    flag("interpolation", line(), &mut property.linear_interpolation)?;
    flag("shade", line(), &mut property.shade)?;
    number("diffuse", line(), &mut property.diffuse)?;
    number("ambient", line(), &mut property.ambient)?;
    number("specular", line(), &mut property.specular)?;
    number("specularPower", line(), &mut property.specular_power)?;
    points("scalarOpacity", line(), &mut property.scalar_opacity)?;
    points("gradientOpacity", line(), &mut property.gradient_opacity)?;
    points("colorTransfer", line(), &mut property.color)?;
    if property.color.is_empty() && property.scalar_opacity.is_empty() {
        return Err(Error::NotThisFormat { format: NAME, why: "it has no transfer functions".to_owned() });
    }
    let data = VolumePropertyData { property, metadata: Metadata::default() };
    Ok(Loaded::new(Data::VolumeProperty(data), warnings))
}

fn number(field: &str, text: &str, to: &mut f64) -> Result<(), Error> {
    if !text.is_empty() {
        let value = text.parse().ok().filter(|v: &f64| v.is_finite());
        *to = value.ok_or_else(|| Error::field(NAME, field, text, "it is not a number"))?;
    }
    Ok(())
}

fn flag(field: &str, text: &str, to: &mut bool) -> Result<(), Error> {
    let mut value = f64::from(u8::from(*to));
    number(field, text, &mut value)?;
    *to = value != 0.0;
    Ok(())
}

fn points<const N: usize, const M: usize>(
    field: &str,
    text: &str,
    to: &mut Vec<TransferPoint<M>>,
) -> Result<(), Error>
where
    TransferPoint<M>: From<[f64; N]>,
{
    let mut words = text.split_whitespace();
    let Some(count) = words.next() else { return Ok(()) };
    let bad = |why: String| Error::field(NAME, field, text, why);
    let count: usize = count.parse().map_err(|_| bad("it begins with a count".to_owned()))?;
    let numbers =
        words.map(|word| word.parse().ok().filter(|v: &f64| v.is_finite())).collect::<Option<Vec<_>>>();
    let numbers = numbers.ok_or_else(|| bad("it is made of numbers".to_owned()))?;
    let (points, rest) = numbers.as_chunks::<N>();
    if numbers.len() != count || !rest.is_empty() {
        return Err(bad(format!("it counts {count} numbers, {N} a point, but there are {}", numbers.len())));
    }
    *to = sorted(points.iter().copied().map(TransferPoint::from).collect());
    Ok(())
}

fn write(data: &VolumePropertyData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let p = &data.property;
    let text = format!(
        "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
        u8::from(p.linear_interpolation),
        u8::from(p.shade),
        p.diffuse,
        p.ambient,
        p.specular,
        p.specular_power,
        line(&p.scalar_opacity),
        line(&p.gradient_opacity),
        line(&p.color),
    );
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}

/// How many straight stretches stand for one that bends.
const STRETCHES: u32 = 32;

fn line<const N: usize>(points: &[TransferPoint<N>]) -> String {
    let mut numbers: Vec<f64> = Vec::new();
    for (n, point) in points.iter().enumerate() {
        numbers.extend(point.numbers());
        if let Some(next) = points.get(n + 1).filter(|next| !point.is_straight() && next.x > point.x) {
            for k in 1..STRETCHES {
                let x = point.x + (next.x - point.x) * f64::from(k) / f64::from(STRETCHES);
                numbers.extend(TransferPoint::new(x, point.towards(next, x)).numbers());
            }
        }
    }
    let words = std::iter::once(numbers.len().to_string()).chain(numbers.iter().map(f64::to_string));
    words.collect::<Vec<_>>().join(" ")
}
