"""Edges and ridges, against SimpleITK 2.5.7."""

import numpy as np
import SimpleITK as sitk
from peer import Cases

cases = Cases()
VOLUMES = ("ct", "mr", "oblique", "mirrored", "flat")


def wide(name):
    return sitk.Cast(cases[name], sitk.sitkFloat64)


# Single precision is what differs.
for name in VOLUMES:
    flat = name == "flat"
    for spacing in (True, False):
        cases.add("gradient-magnitude", {"input": name}, {"use-spacing": spacing}, sitk.GradientMagnitude(wide(name), spacing), tolerance=1e-6)
        cases.add("laplacian", {"input": name}, {"use-spacing": spacing}, sitk.Laplacian(wide(name), spacing), tolerance=1e-6)
    # ITK's operator for volumes is not that for slices.
    source = wide(name)[:, :, 0] if flat else wide(name)
    sobel = sitk.SobelEdgeDetection(source)
    cases.add("sobel", {"input": name}, {}, sitk.JoinSeries(sobel) if flat else sobel, tolerance=1e-6, geometry=not flat)
    for sigma in (0.8, 2.5):
        # ITK keeps single precision between the axes.
        for operation, filter in (("gradient-magnitude", sitk.GradientMagnitudeRecursiveGaussian), ("laplacian", sitk.LaplacianRecursiveGaussian)):
            result = filter(source, sigma)
            cases.add(operation, {"input": name}, {"sigma": sigma}, sitk.JoinSeries(result) if flat else result, tolerance=2e-5, geometry=not flat)

# Canny: a voxel whose second derivative is next to zero may fall on either side.
for name, variance, lower, upper in (("ct", 2.0, 20.0, 60.0), ("mr", 1.5, 5.0, 15.0), ("oblique", 2.0, 10.0, 40.0), ("mirrored", 1.0, 20.0, 60.0),
                                     ("flat", 2.0, 10.0, 30.0), ("mr", 0.0, 10.0, 30.0)):
    source = wide(name)[:, :, 0] if name == "flat" else wide(name)
    result = sitk.Cast(sitk.CannyEdgeDetection(source, lower, upper, [variance] * source.GetDimension(), [0.01] * source.GetDimension()), sitk.sitkUInt8)
    share = sitk.GetArrayFromImage(result).mean()
    assert 0.005 < share < 0.5, (name, share)
    cases.add("canny", {"input": name}, {"variance": variance, "lower-threshold": lower, "upper-threshold": upper},
              sitk.JoinSeries(result) if name == "flat" else result, equal=0.999, geometry=name != "flat")


def hessian(image, sigma):
    """Second derivatives of the smoothed image, as itk::HessianRecursiveGaussianImageFilter makes them with NormalizeAcrossScale."""
    dimension, spacing = image.GetDimension(), image.GetSpacing()
    out = np.zeros(sitk.GetArrayFromImage(image).shape + (dimension, dimension))
    for a in range(dimension):
        for b in range(a, dimension):
            derivative = image
            for axis in range(dimension):
                order = (axis == a) + (axis == b)
                derivative = sitk.RecursiveGaussian(derivative, sigma, False, order, axis)
            out[..., a, b] = out[..., b, a] = sigma ** 2 * sitk.GetArrayFromImage(derivative) / (spacing[a] * spacing[b])
    return out


def differences(image):
    """Second derivatives by differences, as itk::HessianImageFilter."""
    array, dimension, spacing = sitk.GetArrayFromImage(image), image.GetDimension(), image.GetSpacing()
    padded = np.pad(array, 1, mode="edge")
    shift = lambda *o: padded[tuple(slice(1 + d, 1 + d + n) for d, n in zip(o[::-1], array.shape))]
    unit = lambda a, s=1: [s * (d == a) for d in range(dimension)]
    plus = lambda u, v: [x + y for x, y in zip(u, v)]
    out = np.zeros(array.shape + (dimension, dimension))
    for a in range(dimension):
        out[..., a, a] = (shift(*unit(a)) - 2 * array + shift(*unit(a, -1))) / spacing[a] ** 2
        for b in range(a):
            cross = sum(s * t * shift(*plus(unit(a, s), unit(b, t))) for s in (1, -1) for t in (1, -1))
            out[..., a, b] = out[..., b, a] = cross / (4 * spacing[a] * spacing[b])
    return out


def objectness(matrices, structure=1, bright=True, alpha=0.5, beta=0.5, gamma=5.0, scale=True):
    """Frangi's measure as itk::HessianToObjectnessMeasureImageFilter generalises it."""
    values = np.linalg.eigvalsh(matrices)
    values = np.take_along_axis(values, np.argsort(np.abs(values), axis=-1), -1)
    size, n = np.abs(values), values.shape[-1]
    wrong = ((values > 0) if bright else (values < 0))[..., structure:].any(-1)
    out = np.ones(values.shape[:-1])
    with np.errstate(all="ignore"):
        if structure < n - 1:
            ratio = size[..., structure] / size[..., structure + 1:].prod(-1) ** (1 / (n - structure - 1))
            out *= np.where(size[..., structure + 1:].prod(-1) > 0, 1 - np.exp(-0.5 * (ratio / alpha) ** 2), 0)
        if structure > 0:
            ratio = size[..., structure - 1] / size[..., structure:].prod(-1) ** (1 / (n - structure))
            out *= np.where(size[..., structure:].prod(-1) > 0, np.exp(-0.5 * (ratio / beta) ** 2), 0)
    out *= 1 - np.exp(-0.5 * (size ** 2).sum(-1) / gamma ** 2)
    if scale:
        out *= size[..., -1]
    return np.where(wrong, 0, out)


def like(array, image):
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(image)
    return result


# The measure itself is SimpleITK's: checked here on second derivatives by differences.
inner = wide("mr")
itk = sitk.GetArrayFromImage(sitk.ObjectnessMeasure(inner, 0.5, 0.5, 5.0, True, 1, True))
own = objectness(differences(inner))
assert np.abs(itk - own)[2:-2, 2:-2, 2:-2].max() < 1e-5 * itk.max(), (np.abs(itk - own).max(), itk.max())
for name in VOLUMES:
    flat = name == "flat"
    source = wide(name)[:, :, 0] if flat else wide(name)
    for parameters, settings in (({}, {}), ({"bright": False, "scale-by-contrast": False}, {"bright": False, "scale": False}),
                                 ({"structure": "plate" if not flat else "blob", "gamma": 20.0}, {"structure": 0 if flat else 2, "gamma": 20.0}),
                                 ({"structure": "blob", "alpha": 0.3, "beta": 0.7}, {"structure": 0, "alpha": 0.3, "beta": 0.7})):
        scales = np.exp(np.linspace(np.log(1.0), np.log(3.0), 3))
        result = like(np.maximum.reduce([objectness(hessian(source, s), **settings) for s in scales]), source)
        cases.add("vesselness", {"input": name}, {"minimum-sigma": 1.0, "maximum-sigma": 3.0, "steps": 3} | parameters,
                  sitk.JoinSeries(result) if flat else result, tolerance=1e-3, geometry=not flat)

cases.write()
