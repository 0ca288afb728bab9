"""Voxel by voxel operations, against SimpleITK 2.5.7 and NumPy."""

import numpy as np
import SimpleITK as sitk
from peer import Cases

cases = Cases()


def like(array, reference):
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(reference)
    return result


def clamp(array, kind):
    limits = np.iinfo(kind)
    return np.clip(array, limits.min, limits.max).astype(kind)


for name in ("ct", "mr", "mirrored", "oblique", "flat"):
    source = cases[name]
    values = sitk.GetArrayFromImage(source)
    exact = dict(equal=1.0)
    other = like((values[::-1] * 1.0).astype(values.dtype), source)
    wide, second = values.astype(np.float64), sitk.GetArrayFromImage(other).astype(np.float64)
    for operation, result in (("add", wide + second), ("subtract", wide - second), ("multiply", wide * second)):
        result = result.astype(np.float32) if values.dtype == np.float32 else clamp(result, values.dtype)
        tolerance = dict(tolerance=1e-6) if values.dtype == np.float32 else exact
        cases.add(operation, {"input": name, "input2": other}, {}, like(result, source), **tolerance)
    mask = like((values > values.mean()).astype(np.uint8) * 3, source)
    cases.add("mask", {"input": name, "mask": mask}, {"label": 3, "replace": 7},
              sitk.Mask(source, mask, outsideValue=7), **exact)
    cases.add("checkerboard", {"input": name, "input2": other}, {"pattern": [3, 2, 1]},
              sitk.CheckerBoard(source, other, [3, 2, 1]), **exact)
    middle = float(np.median(values))
    for word, image in (
        ("below", sitk.Threshold(source, middle, 3e4, 5)), ("above", sitk.Threshold(source, -3e4, middle, 5)),
    ):
        cases.add("threshold-values", {"input": name}, {"threshold-type": word, "threshold": middle, "outside-value": 5},
                  image, **exact)
    cases.add("threshold-values", {"input": name}, {"lower": middle - 50, "upper": middle + 50, "outside-value": 5},
              sitk.Threshold(source, middle - 50, middle + 50, 5), **exact)
    for word, pixel in (("uint8", sitk.sitkUInt8), ("int16", sitk.sitkInt16), ("float64", sitk.sitkFloat64)):
        cases.add("cast", {"input": name}, {"type": word}, sitk.Cast(source, pixel), **exact, name=word)

# On other grids: what ITK's interpolators find in the middle; at the border they differ in what they call outside.
source = sitk.Cast(cases["oblique"], sitk.sitkFloat64)
grid = sitk.Image([24, 20, 16], sitk.sitkFloat64)
grid.SetDirection(source.GetDirection())
grid.SetSpacing([1.013, 1.107, 1.409])
grid.SetOrigin(source.TransformContinuousIndexToPhysicalPoint([1.317, 0.713, 1.093]))
for order, interpolator in enumerate((sitk.sitkNearestNeighbor, sitk.sitkLinear, sitk.sitkBSpline2, sitk.sitkBSpline3)):
    moved = sitk.Resample(source, grid, sitk.Transform(), interpolator, 0.0, sitk.sitkFloat64)
    base = sitk.Cast(sitk.PhysicalPointSource(sitk.sitkVectorFloat64, grid.GetSize(), grid.GetOrigin(), grid.GetSpacing(), grid.GetDirection()), sitk.sitkVectorFloat64)
    base = sitk.VectorIndexSelectionCast(base, 0)
    cases.add("add", {"input": base, "input2": source}, {"order": str(order)}, base + moved, tolerance=1e-5, margin=1,
              name=f"order {order}")

labels = cases["labels"]
shifted = like(np.roll(sitk.GetArrayFromImage(labels), (2, -1, 3), (0, 1, 2)), labels)
a, b = (sitk.GetArrayFromImage(im) for im in (labels, shifted))
for first, result in ((True, np.where(a > 0, a, b)), (False, np.where(b > 0, b, a))):
    cases.add("image-label-combine", {"input": "labels", "input2": shifted}, {"first-overwrites": first},
              like(result, labels), equal=1.0)
cases.write()
