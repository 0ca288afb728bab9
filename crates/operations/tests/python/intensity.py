"""Brightness, against SimpleITK 2.5.7 and scikit-image 0.26."""

import numpy as np
import SimpleITK as sitk
from peer import Cases
from skimage import exposure

cases = Cases()
VOLUMES = ("ct", "mr", "oblique", "mirrored", "flat")


def wide(name):
    return sitk.Cast(cases[name], sitk.sitkFloat64)


def array(image):
    return sitk.GetArrayFromImage(image)


def like(values, image):
    result = sitk.GetImageFromArray(values)
    result.CopyInformation(image)
    return result


# N4. ITK computes in single precision, and both stop where the field changes by less than a threshold, so that a level may end an
# iteration sooner; the field is smooth and near 1, where that is less than a thousandth of the largest value.
def biased(source, strength=0.4):
    k, j, i = np.meshgrid(*(np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in source.GetSize()[::-1]), indexing="ij")
    field = np.exp(strength * (i * i - 0.5 * j + 0.7 * i * k - 0.2))
    values = array(source).astype(np.float64)
    values = values - values.min() + 50
    return like((values * field).astype(np.float32), source)


def shrunk(image, factor):
    """As sitk.Shrink, whose samples hang on rounding errors where they fall between two voxels."""
    for axis, size in enumerate(image.GetSize()):
        count = max(1, size // factor)
        first = (size - 1 - (count - 1) * factor + 1) // 2
        cut = [slice(None)] * image.GetDimension()
        cut[axis] = slice(first, first + (count - 1) * factor + 1, factor)
        image = image[tuple(cut)]
    return image


cases.images["slice"] = sitk.JoinSeries(cases["mr"][:, :, 20])
for name, mask_above, shrink, mesh, iterations, order in (
    ("mr", 90, 1, [1, 1, 1], [20, 15], 3), ("mr", 90, 2, [1, 1, 1], [50, 40, 30], 3), ("ct", 200, 2, [2, 2, 1], [15, 10], 3),
    ("oblique", 300, 3, [1, 2, 1], [20], 3), ("mirrored", 300, 1, [1, 1, 1], [10, 10], 2), ("slice", 90, 1, [1, 1, 1], [20, 10], 3),
):
    source = biased(cases[name])
    mask = sitk.Cast(source > mask_above, sitk.sitkUInt8)
    flat = name == "slice"
    given, inside = (source[:, :, 0], mask[:, :, 0]) if flat else (source, mask)
    filter = sitk.N4BiasFieldCorrectionImageFilter()
    filter.SetMaximumNumberOfIterations(iterations)
    filter.SetConvergenceThreshold(0.0001)
    filter.SetSplineOrder(order)
    filter.SetNumberOfControlPoints([m + order for m in mesh][:given.GetDimension()])
    filter.Execute(shrunk(given, shrink), shrunk(inside, shrink))
    field = sitk.Exp(filter.GetLogBiasFieldAsImage(given))
    corrected = given / field
    inputs = {"input": source, "mask": mask}
    parameters = {"mesh-resolution": mesh, "iterations": iterations, "shrink-factor": shrink, "spline-order": order}
    for output, result in (("output", corrected), ("bias-field", field)):
        cases.add("n4-bias-correction", inputs, parameters, sitk.JoinSeries(result) if flat else result, output=output, tolerance=1e-3,
                  geometry=not flat)

# Whole numbers are rounded here and cut off in ITK; references are therefore computed in floating point, and half a unit is what rounding
# takes away.
HALF = 0.5005


def whole(name):
    return HALF if cases[name].GetPixelID() == sitk.sitkInt16 else 0.0


for name, reference in (("mr", "ct"), ("ct", "mr"), ("oblique", "mr"), ("mirrored", "flat"), ("flat", "oblique")):
    for levels, points, mean in ((128, 10, False), (1024, 7, True), (64, 1, True)):
        result = sitk.HistogramMatching(wide(name), wide(reference), levels, points, mean)
        cases.add("histogram-matching", {"input": name, "reference": reference},
                  {"histogram-levels": levels, "match-points": points, "threshold-at-mean-intensity": mean}, result, tolerance=1e-6, absolute=whole(name))

for name in VOLUMES:
    for alpha, beta, radius in ((0.3, 0.3, [2, 1, 1]), (0.0, 0.0, [3, 3, 0]), (0.8, 0.2, [1, 2, 3])):
        radius = radius[:2] + [0] if name == "flat" else radius
        result = sitk.AdaptiveHistogramEqualization(wide(name), radius, alpha, beta)
        cases.add("histogram-equalisation", {"input": name}, {"alpha": alpha, "beta": beta, "radius": radius}, result, tolerance=1e-6,
                  absolute=1.01 * whole(name))
    # Whole numbers over scikit-image's own 2^14 levels, so that it does not matter that it rounds to 16 bits first; it cuts results off to
    # levels, and sums in single precision may fall to either side.
    flat = name == "flat"
    values = array(wide(name))
    unit = np.round((values - values.min()) / (values.max() - values.min()) * 16383)
    for kernel, clip, bins in (([0, 0, 0], 0.01, 256), ([16, 12, 5], 0.03, 128), ([11, 9, 7], 0.0, 64)):
        size = [max(n // 8, 1) if k == 0 else k for n, k in zip(values.shape, kernel[::-1])]
        given = unit / 16383
        equal = exposure.equalize_adapthist(given[0] if flat else given, size[1:] if flat else size, clip, bins)
        cases.add("clahe", {"input": like(unit.astype(np.int16), cases[name])},
                  {"kernel-size": kernel if not flat else kernel[:2] + [1], "clip-limit": clip, "bins": bins},
                  like(equal[None] if flat else equal, cases[name]), tolerance=2e-4)

    source, exact = wide(name), dict(tolerance=1e-6, absolute=whole(name))
    cases.add("rescale-intensity", {"input": name}, {"output-minimum": -50, "output-maximum": 1000}, sitk.RescaleIntensity(source, -50, 1000), **exact)
    cases.add("intensity-windowing", {"input": name}, {"window-minimum": 10, "window-maximum": 300, "output-minimum": -5, "output-maximum": 700},
              sitk.IntensityWindowing(source, 10, 300, -5, 700), **exact)
    cases.add("shift-scale", {"input": name}, {"shift": 12.5, "scale": -1.25}, sitk.ShiftScale(source, 12.5, -1.25), **exact)
    cases.add("invert-intensity", {"input": name}, {"maximum": 900}, sitk.InvertIntensity(source, 900), **exact)
    cases.add("sigmoid", {"input": name}, {"alpha": 80, "beta": 100, "output-minimum": -10, "output-maximum": 600}, sitk.Sigmoid(source, 80, 100, 600, -10), **exact)
    cases.add("normalize", {"input": name}, {}, sitk.Normalize(source), tolerance=1e-6)

# SUV: C[kBq/ml] weight[kg] / dose[MBq], the dose decayed over two hours across midnight.
dose = 350e6 * 2.0 ** (-7200 / 6586.2)
pet = sitk.Cast(cases["oblique"], sitk.sitkFloat64) + 2000
cases.add("pet-suv", {"input": pet, "labels": "labels"},
          {"injected-dose": 350e6, "injection-time": "231500.00", "scan-time": "011500", "weight": 71.5}, pet * (71.5 * 1000 / dose), tolerance=1e-6,
          values={"decayed-dose": dose})

cases.write()
