"""What nibabel, SimpleITK and pynrrd say of image files.

    check_images.py read FOLDER    prints, as JSON, what each of them reads from each file in the folder
    check_images.py write FOLDER   writes files of every flavour into the folder, and prints what they hold
    check_images.py write_nrrd FOLDER  the same for NRRD and MetaImage

Values are listed as Microtome has them in memory: components fastest, then i, j, k, frames. Files are small.
"""

import json
import os
import struct
import sys

import nibabel
import numpy
import SimpleITK as sitk

F = numpy.diag([-1.0, -1.0, 1.0, 1.0])


def by_nibabel(path):
    image = nibabel.load(path)
    data = numpy.asanyarray(image.dataobj)
    if data.dtype.names:
        data = numpy.stack([data[name] for name in data.dtype.names], axis=-1)
    elif numpy.iscomplexobj(data):
        data = numpy.stack([data.real, data.imag], axis=-1)
    elif data.ndim == 5:
        data = data if data.shape[3] > 1 else data[:, :, :, 0, :]
    else:
        data = data[..., numpy.newaxis]
    # i, j, k, frames, components from here on
    if data.ndim == 4:
        data = data[:, :, :, numpy.newaxis, :]
    return {
        "dims": data.shape[:3],
        "frames": data.shape[3],
        "components": data.shape[4],
        "ijk_to_ras": image.affine.tolist(),
        "values": numpy.transpose(data, (4, 0, 1, 2, 3)).flatten(order="F").astype(float).tolist(),
    }


def of_sitk(image):
    dimension = image.GetDimension()
    size = list(image.GetSize()) + [1] * (4 - dimension)
    directions = numpy.array(image.GetDirection()).reshape(dimension, dimension)
    n = min(dimension, 3)
    matrix = numpy.eye(4)
    matrix[:n, :n] = directions[:n, :n] @ numpy.diag(image.GetSpacing()[:n])
    matrix[:n, 3] = image.GetOrigin()[:n]
    data = sitk.GetArrayFromImage(image)
    components = image.GetNumberOfComponentsPerPixel()
    if numpy.iscomplexobj(data):
        data = numpy.stack([data.real, data.imag], axis=-1)
        components = 2
    return {
        "dims": size[:3],
        "frames": size[3],
        "components": components,
        "ijk_to_ras": (F @ matrix).tolist(),
        "values": data.flatten().astype(float).tolist(),
    }


def by_pynrrd(path):
    """Sizes and values in the file's own order of axes, fastest first."""
    import nrrd

    data, header = nrrd.read(path, index_order="F")
    return {
        "sizes": data.shape,
        "values": data.flatten(order="F").astype(float).tolist(),
        "header": {key: str(value) for key, value in header.items()},
    }


def read(folder):
    result = {}
    data_files = (".img", ".img.gz", ".raw", ".raw.gz", ".zraw")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(data_files):
            continue
        readers = {}
        functions = [("nibabel", by_nibabel), ("SimpleITK", lambda p: of_sitk(sitk.ReadImage(p)))]
        if name.endswith((".nrrd", ".nhdr")):
            functions.append(("pynrrd", by_pynrrd))
        for reader, function in functions:
            try:
                readers[reader] = function(path)
            except Exception as error:  # a reader without this format
                readers[reader] = {"error": str(error)}
        result[name] = readers
    return result


def sitk_image(dtype, shape, components=1):
    count = int(numpy.prod(shape)) * components
    values = (numpy.arange(count) * 37 % 120).astype(dtype)
    array = values.reshape(tuple(reversed(shape)) + ((components,) if components > 1 else ()))
    image = sitk.GetImageFromArray(array, isVector=components > 1)
    if len(shape) == 3:
        image.SetSpacing((0.5, 1.5, 2.5))
        image.SetOrigin((10.0, -20.0, 30.0))
    return image


def write(folder):
    result = {}

    def save(name, image, compress=False):
        path = os.path.join(folder, name)
        sitk.WriteImage(image, path, compress)
        result[name] = of_sitk(sitk.ReadImage(path))

    turned = (0.6, 0.0, -0.8, 0.0, 1.0, 0.0, 0.8, 0.0, 0.6)
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"):
        image = sitk_image(dtype, (5, 4, 3))
        if dtype not in ("int32", "uint32"):  # which ITK's GIPL lacks
            save(f"{dtype}.gipl", image)
        image.SetDirection(turned)
        for extension in (".nii", ".nii.gz", ".hdr"):
            save(f"{dtype}{extension}", image)
    image = sitk_image("uint8", (5, 4, 3))
    save("packed.gipl.gz", image)
    for dtype in ("uint8", "int16", "float32", "uint16"):
        save(f"{dtype}.mrc", sitk_image(dtype, (5, 4, 3)))
    vector = sitk_image("float32", (5, 4, 3), 3)
    save("vector.nii.gz", vector)
    save("rgb.nii", sitk_image("uint8", (5, 4, 3), 3))
    for dtype in ("uint8", "uint16"):
        for components in (1, 3, 4):
            save(f"{dtype}_{components}.png", sitk_image(dtype, (9, 6), components))
            save(f"{dtype}_{components}.tif", sitk_image(dtype, (9, 6), components))
    for dtype in ("int16", "float32"):
        save(f"{dtype}.tif", sitk_image(dtype, (9, 6)))
        save(f"{dtype}_packed.tif", sitk_image(dtype, (9, 6)), True)
    stack = sitk_image("uint16", (9, 6, 4))
    stack.SetOrigin((0, 0, 0))
    stack.SetSpacing((0.5, 0.25, 1.0))
    save("pages.tif", stack)
    save("picture.bmp", sitk_image("uint8", (9, 6), 3))
    smooth = numpy.add.outer(numpy.arange(24) * 3, numpy.arange(32) * 2).astype("uint8")
    save("grey.jpg", sitk.GetImageFromArray(smooth))
    colors = numpy.stack([smooth, smooth[::-1], 255 - smooth], axis=-1)
    save("color.jpg", sitk.GetImageFromArray(colors, isVector=True))

    def keep(name, image):
        path = os.path.join(folder, name)
        nibabel.save(image, path)
        result[name] = by_nibabel(path)

    numbers = (numpy.arange(60) * 37 % 120).reshape((5, 4, 3), order="F")
    oblique = numpy.array([[-1.2, 0, 1.0, 9], [0, 2, 0, -8], [0.9, 0, 1.5, 7], [0, 0, 0, 1]])
    for kind in ("uint8", "int16", "int32", "float32"):
        keep(f"{kind}.mgz", nibabel.MGHImage(numbers.astype(kind), oblique))
    for kind in ("int64", "uint64", "complex64", "complex128", "float64"):
        keep(f"{kind}_2.nii.gz", nibabel.Nifti2Image(numbers.astype(kind), oblique, dtype=kind))
    spm = nibabel.Spm99AnalyzeImage(numbers.astype("int16"), numpy.diag([-2.0, 3, 4, 1]))
    spm.header.set_data_dtype("int16")
    spm.header["origin"][:3] = (2, 3, 1)
    spm.header["scl_slope"] = 0.5
    path = os.path.join(folder, "spm.img")
    with open(path, "wb") as f:
        f.write(numbers.astype("<i2").tobytes(order="F"))
    with open(os.path.join(folder, "spm.hdr"), "wb") as f:
        f.write(spm.header.binaryblock)
    result["spm.img"] = by_nibabel(path)
    # 1-bit and palette bitmaps, by hand: 3 × 2 pixels, bottom row first.
    palette = bytes([0, 0, 0, 0, 255, 0, 0, 0])
    info = struct.pack("<IiiHHIIiiII", 40, 3, 2, 1, 1, 0, 8, 0, 0, 2, 0)
    pixels = bytes([0b10100000, 0, 0, 0, 0b01000000, 0, 0, 0])
    with open(os.path.join(folder, "blue.bmp"), "wb") as f:
        f.write(struct.pack("<2sIHHI", b"BM", 70, 0, 0, 62) + info + palette + pixels)
    blue, black = [0.0, 0.0, 255.0], [0.0, 0.0, 0.0]
    result["blue.bmp"] = {
        "dims": [3, 2, 1],
        "frames": 1,
        "components": 3,
        "ijk_to_ras": F.tolist(),
        "values": sum([black, blue, black, blue, black, blue], []),
    }
    return result


def write_nrrd(folder):
    import nrrd

    result = {}
    turned = (0.6, 0.0, -0.8, 0.0, 1.0, 0.0, 0.8, 0.0, 0.6)
    kinds = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
    for extension in ("nrrd", "nhdr", "mha", "mhd"):
        for kind in kinds:
            for compress in (False, True):
                image = sitk_image(kind, (5, 4, 3))
                image.SetDirection(turned)
                name = f"{kind}_{compress}.{extension}"
                sitk.WriteImage(image, os.path.join(folder, name), compress)
                result[name] = of_sitk(sitk.ReadImage(os.path.join(folder, name)))
        for name, image in (
            ("rgb", sitk_image("uint8", (5, 4, 3), 3)),
            ("vector", sitk_image("float32", (5, 4, 3), 3)),
            ("flat", sitk_image("int16", (5, 4))),
            ("flat_vector", sitk_image("float64", (5, 4), 2)),
        ):
            name = f"{name}.{extension}"
            sitk.WriteImage(image, os.path.join(folder, name))
            result[name] = of_sitk(sitk.ReadImage(os.path.join(folder, name)))
    # What ITK cannot write.
    values = (numpy.arange(60) * 37 % 120).reshape((5, 4, 3), order="F").astype("int16")
    header = {
        "space": "right-anterior-superior",
        "space directions": numpy.array([[-0.5, 0, 0], [0, 0, 0.75], [0, 2.0, 0]]),
        "space origin": numpy.array([1.0, -2.0, 3.0]),
        "kinds": ["domain"] * 3,
        "note": "kept",
    }
    for encoding in ("raw", "ascii", "gzip", "bzip2"):
        name = f"pynrrd_{encoding}.nrrd"
        nrrd.write(os.path.join(folder, name), values, {**header, "encoding": encoding})
        result[name] = {
            "dims": [5, 4, 3],
            "frames": 1,
            "components": 1,
            "ijk_to_ras": [[-0.5, 0, 0, 1], [0, 0, 2, -2], [0, 0.75, 0, 3], [0, 0, 0, 1]],
            "values": values.flatten(order="F").astype(float).tolist(),
        }
    return result


if __name__ == "__main__":
    command, where = sys.argv[1:]
    json.dump({"read": read, "write": write, "write_nrrd": write_nrrd}[command](where), sys.stdout)
