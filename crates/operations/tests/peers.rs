//! Against reference implementations, family by family; `python/FAMILY.py` says which and in which versions.

mod common;

use common::check;

#[test]
fn resampling() {
    check("resampling");
}

#[test]
fn arithmetic() {
    check("arithmetic");
}

#[test]
fn regions() {
    check("regions");
}

#[test]
fn geometry() {
    check("geometry");
}

#[test]
fn smoothing() {
    check("smoothing");
}

#[test]
fn edges() {
    check("edges");
}

#[test]
fn intensity() {
    check("intensity");
}

#[test]
fn thresholds() {
    check("thresholds");
}

#[test]
fn measure() {
    check("measure");
}

#[test]
fn morphology() {
    check("morphology");
}
