"""Smoothing, against SimpleITK 2.5.7 and scikit-image 0.26."""

import numpy as np
import SimpleITK as sitk
from peer import Cases
from skimage.restoration import denoise_nl_means

cases = Cases()
VOLUMES = ("ct", "mr", "oblique", "mirrored", "flat")
# Whole numbers are rounded here and cut off in ITK; references are therefore computed in floating point, and half a unit
# is what rounding takes away.
HALF = 0.5005


def wide(name):
    return sitk.Cast(cases[name], sitk.sitkFloat64)


def whole(name):
    return cases[name].GetPixelID() == sitk.sitkInt16


# Gaussians. Single precision is what differs.
for name in VOLUMES:
    for sigma in (0.7, 1.5, 6.0):
        if name != "flat":
            result = sitk.SmoothingRecursiveGaussian(wide(name), sigma)
            cases.add("gaussian", {"input": name}, {"sigma": sigma, "keep-fractions": True}, result, name="recursive", tolerance=2e-6)
            cases.add("gaussian", {"input": name}, {"sigma": sigma}, result, tolerance=2e-6, absolute=HALF if whole(name) else 0.0)
        result = sitk.DiscreteGaussian(wide(name), sigma * sigma, 32, 0.01, True)
        cases.add("gaussian", {"input": name}, {"sigma": sigma, "method": "discrete", "keep-fractions": True}, result, tolerance=2e-6)
flat = sitk.SmoothingRecursiveGaussian(wide("flat")[:, :, 0], 1.5)
cases.add("gaussian", {"input": "flat"}, {"sigma": 1.5}, sitk.JoinSeries(flat), name="2D", tolerance=2e-6, geometry=False)

# Medians: exact. ITK reads no further than the edge of a one-slice image, as ours does.
for name in VOLUMES + ("labels",):
    for radius in ([1, 1, 1], [2, 2, 2], [1, 2, 0], [3, 0, 1]):
        result = sitk.Median(cases[name], radius)
        cases.add("median", {"input": name}, {"neighborhood": radius}, result, equal=1.0)

# Diffusion: ITK computes steps in 64 bits and stores 32, ours computes in 32; conductances make little of the difference.
for name in VOLUMES:
    im = sitk.Cast(cases[name], sitk.sitkFloat32)
    for operation, run in (("gradient-anisotropic-diffusion", sitk.GradientAnisotropicDiffusion),
                           ("curvature-anisotropic-diffusion", sitk.CurvatureAnisotropicDiffusion)):
        for step, conductance, iterations in ((0.04, 1.0, 1), (0.03, 3.0, 6)):
            parameters = {"time-step": step, "conductance": conductance, "iterations": iterations}
            if name == "flat":
                result = sitk.JoinSeries(run(im[:, :, 0], step, conductance, 1, iterations))
            else:
                result = run(im, step, conductance, 1, iterations)
            cases.add(operation, {"input": im}, parameters, result, name=name, tolerance=1e-5, geometry=name != "flat")
            cases.add(operation, {"input": name}, parameters, result, name=name, tolerance=1e-5, absolute=HALF if whole(name) else 0.0,
                      geometry=name != "flat")
    # Where the gradient almost vanishes, a curvature is a quotient of rounding errors.
    result = sitk.CurvatureFlow(im if name != "flat" else im[:, :, 0], 0.05, 4)
    result = sitk.JoinSeries(result) if name == "flat" else result
    cases.add("curvature-flow", {"input": im}, {"iterations": 4}, result, name=name, tolerance=1e-4, geometry=name != "flat")

# Bilateral: with many samples of the range Gaussian ITK comes close to the exact weights.
for name in VOLUMES:
    im = wide(name) if name != "flat" else wide(name)[:, :, 0]
    for domain, value in ((0.9, 120.0), (1.6, 40.0)):
        result = sitk.Bilateral(im, domain, value, 200000)
        result = sitk.JoinSeries(result) if name == "flat" else result
        im32 = sitk.Cast(cases[name], sitk.sitkFloat32)
        cases.add("bilateral", {"input": im32}, {"domain-sigma": domain, "range-sigma": value}, result, name=name, tolerance=1e-5,
                  geometry=name != "flat")
        if whole(name):
            cases.add("bilateral", {"input": name}, {"domain-sigma": domain, "range-sigma": value}, result, name=name, absolute=0.52)


def non_local_means(array, patch, search, h, noise):
    """The definition: Gaussian-weighted differences of patches of a mirrored volume, averaged over what is similar."""
    radius = [patch if n > 1 else 0 for n in array.shape]
    lines = [np.exp(-0.5 * (np.arange(-r, r + 1) / (patch / 2)) ** 2) for r in radius]
    weights = np.einsum("k,j,i->kji", *lines)
    weights /= weights.sum() * h * h
    wide = np.pad(array, [(r, r) for r in radius], mode="reflect")
    shape = array.shape
    sums, norms = np.zeros(shape), np.zeros(shape)
    for offset in np.ndindex(*[2 * search + 1] * 3):
        offset = [o - search for o in offset]
        here = tuple(slice(max(0, -o), n - max(0, o)) for o, n in zip(offset, shape))
        there = tuple(slice(max(0, o), n - max(0, -o)) for o, n in zip(offset, shape))
        if any(s.stop <= s.start for s in here):
            continue
        distance = 0
        for at in np.ndindex(*weights.shape):
            a = wide[tuple(slice(s.start + d, s.stop + d) for s, d in zip(here, at))]
            b = wide[tuple(slice(s.start + d, s.stop + d) for s, d in zip(there, at))]
            distance = distance + weights[at] * ((a - b) ** 2 - 2 * noise * noise)
        weight = np.where(distance > 5, 0, np.exp(-np.maximum(distance, 0)))
        sums[here] += weight * array[there]
        norms[here] += weight
    return sums / norms


# Non-local means, against the definition and against scikit-image, whose exponential function is a quick one, wrong by some per cent.
for name in ("mr", "oblique", "flat"):
    im = sitk.GetArrayFromImage(cases[name]).astype(np.float64)
    cut = np.ascontiguousarray(im[10:24, 8:30, 6:30] if name != "flat" else im)
    for patch, search, h, noise in ((1, 3, 60.0, 0.0), (2, 2, 40.0, 30.0)):
        given = sitk.GetImageFromArray(cut)
        parameters = {"patch-radius": patch, "search-radius": search, "h": h, "noise-sigma": noise}
        result = sitk.GetImageFromArray(non_local_means(cut, patch, search, h, noise))
        cases.add("non-local-means", {"input": given}, parameters, result, name=name, tolerance=1e-6)
        kw = dict(patch_size=2 * patch + 1, patch_distance=search, h=h, sigma=noise, fast_mode=False)
        result = denoise_nl_means(np.ascontiguousarray(np.squeeze(cut)), **kw).reshape(cut.shape)
        cases.add("non-local-means", {"input": given}, parameters, sitk.GetImageFromArray(result), name=f"{name} scikit-image", tolerance=1e-2)

# Means, sharpening.
for name in VOLUMES:
    half = HALF if whole(name) else 0.0
    for radius in ([1, 1, 1], [4, 2, 0]):
        cases.add("box-mean", {"input": name}, {"radius": radius}, sitk.BoxMean(wide(name), radius), tolerance=1e-6, absolute=half)
    if name != "flat":
        for amount, threshold in ((0.5, 0.0), (2.0, 30.0)):
            result = sitk.UnsharpMask(wide(name), [1.3] * 3, amount, threshold)
            cases.add("unsharp-mask", {"input": name}, {"sigma": 1.3, "amount": amount, "threshold": threshold}, result,
                      tolerance=1e-5, absolute=half)

# Convolution: separable kernels and others, of odd and even sizes.
random = np.random.default_rng(7)
kernels = [random.normal(size=s) for s in ((3, 3, 3), (1, 4, 3), (2, 5, 6))]
kernels.append(np.einsum("k,j,i->kji", [1.0, 3, 2], [1.0, 2, 2, 1], [0.5, -1, 4]))
for name in VOLUMES:
    for array in kernels:
        kernel = sitk.GetImageFromArray(np.abs(array) if name == "mirrored" else array)
        for word, condition in (("zero-flux", sitk.ConvolutionImageFilter.ZERO_FLUX_NEUMANN_PAD), ("zero", sitk.ConvolutionImageFilter.ZERO_PAD),
                                ("periodic", sitk.ConvolutionImageFilter.PERIODIC_PAD)):
            for region, mode in (("same", sitk.ConvolutionImageFilter.SAME), ("valid", sitk.ConvolutionImageFilter.VALID)):
                if region == "valid" and (name == "flat" or word != "zero"):
                    continue
                normalize = name == "mirrored"
                result = sitk.Convolution(wide(name), kernel, normalize, condition, mode)
                cases.add("convolution", {"input": wide(name), "kernel": kernel}, {"normalize": normalize, "boundary": word, "output-region": region},
                          result, name=f"{name} {array.shape}", tolerance=1e-9)

# Voting: exact. ITK makes foreground of labels that are neither; here they stay.
for name, foreground in (("labels", 1), ("labels", 3), ("mask", 1)):
    for radius, majority in (([1, 1, 1], 1), ([2, 1, 0], 0), ([2, 2, 2], 3)):
        parameters = {"radius": radius, "majority-threshold": majority, "foreground": foreground}
        result = sitk.VotingBinaryHoleFilling(cases[name], radius, majority, float(foreground), 0.0)
        result = sitk.Mask(result, cases[name] == 0) + cases[name]
        cases.add("voting-hole-filling", {"input": name}, parameters, result, equal=1.0)
        if name == "mask":
            result = sitk.VotingBinaryIterativeHoleFilling(cases[name], radius, 4, majority, float(foreground), 0.0)
            cases.add("voting-hole-filling", {"input": name}, parameters | {"iterations": 4}, result, equal=1.0)

# Smooth label maps: ITK keeps three layers here where Slicer, and ours, keep two, and its layers hold voxels in another order.
for label in (1, 3, 6):
    mask = cases["labels"] == label
    smooth = sitk.AntiAliasBinary(mask, 0.01, 50)
    result = sitk.DiscreteGaussian(smooth, 0.5 * 0.5, 32, 0.01, True) >= 0
    cases.add("label-map-smoothing", {"input": "labels"}, {"label-to-smooth": label, "gaussian-sigma": 0.5}, sitk.Cast(result, sitk.sitkUInt8),
              values={"label": label}, equal=0.999)

cases.write()
