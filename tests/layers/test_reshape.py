from __future__ import annotations

import pytest

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arithmetic import Scale
from cnncalc.layers.base import GLOBAL, POINTWISE, Arg, Reach, Same, Whole
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.part import Chunk, Slice, Split
from cnncalc.layers.reductions import Mean
from cnncalc.layers.reshape import Permute, Reshape, Squeeze, Transpose


def failure(layer, *inputs) -> ShapeError:
    with pytest.raises(ShapeError) as error:
        layer.infer(*inputs)
    return error.value


def test_flatten_of_vgg():
    assert Flatten().infer((512, 7, 7)) == (25088,)
    assert Flatten().is_view((512, 7, 7))
    assert Flatten().reach((512, 7, 7)) == GLOBAL
    assert Flatten().torch((512, 7, 7)).arguments == ()


def test_flatten_of_positions():
    assert Flatten(start=1).infer((768, 14, 14)) == (768, 196)
    assert Flatten(start=1).torch((768, 14, 14)).arguments == (Arg(2),)


def test_flatten_of_a_vector_changes_nothing():
    assert Flatten().reach((10,)) == POINTWISE


def test_flatten_backwards():
    error = failure(Flatten(start=2, end=1), (4, 5, 6))
    assert error.message == "flatten from axis 2 to axis 1: the end is before the start"
    assert error.assume == (120,)


def test_reshape_fills_in_what_is_left():
    assert Reshape(dims=(16, -1)).infer((400,)) == (16, 25)
    assert Reshape(dims=(16, -1)).torch((400,)).target == "{0}.unflatten(1, (16, -1))"
    assert Reshape(dims=(16, -1)).torch((20, 20)).target == "{0}.reshape(-1, 16, 25)"


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ((3, 5), "reshape: 4x4 holds 16 numbers, which do not fill 3x5"),
        ((3, -1), "reshape: 4x4 holds 16 numbers, which do not fill (3, -1)"),
        ((-1, -1), "reshape: dims (-1, -1) must be positive, at most one of them -1"),
        ((0, 16), "reshape: dims (0, 16) must be positive, at most one of them -1"),
    ],
)
def test_reshape_that_does_not_fit(dims, message):
    assert failure(Reshape(dims=dims), (4, 4)).message == message


def test_permute():
    assert Permute(order=(1, 2, 0)).infer((3, 4, 5)) == (4, 5, 3)
    assert Permute(order=(1, 2, 0)).reach((3, 4, 5)) == Reach(order=(1, 2, 0))
    assert Permute(order=(1, 2, 0)).torch((3, 4, 5)).target == "{0}.permute(0, 2, 3, 1)"


def test_permute_of_too_few():
    error = failure(Permute(order=(1, 0)), (3, 4, 5))
    assert error.message == "order (1, 0) does not name each of the 3 axes of 3x4x5 once"
    assert error.hint == "name 0 to 2, each once"


def test_transpose():
    assert Transpose().infer((6, 9)) == (9, 6)
    assert Transpose(dim0=0, dim1=-1).reach((3, 4, 5)) == Reach(order=(2, 1, 0))


def test_squeeze():
    assert Squeeze().infer((512, 1, 1)) == (512,)
    assert Squeeze().torch((512, 1, 1)).target == "{0}.squeeze((2, 3))"
    assert failure(Squeeze(dim=1), (8, 5)).message == "squeeze removes axes of size 1; axis 1 of 8x5 has size 5"
    assert failure(Squeeze(), (8, 5)).message == "squeeze removes axes of size 1; 8x5 has none"


def test_parts_of_a_shufflenet_unit():
    assert Chunk(chunks=2, index=1).infer((116, 28, 28)) == (58, 28, 28)
    assert Chunk(chunks=2, index=1).torch((116, 28, 28)).target == "{0}.chunk(2, dim=1)[1]"


def test_chunks_as_torch_cuts_them():
    # 7 in 3: 3, 3, 1
    assert [Chunk(chunks=3, index=i).infer((7, 2))[0] for i in range(3)] == [3, 3, 1]
    # 5 in 4: 2, 2, 1 and no fourth
    error = failure(Chunk(chunks=4, index=3), (5, 2))
    assert error.message == "chunk 3 does not exist: 5 positions in 4 chunks make 3"
    assert error.hint == "use 0 to 2"


def test_split():
    assert Split(split_size=(2, 4), index=1).infer((6, 9)) == (4, 9)
    assert failure(Split(split_size=(2, 3), index=1), (6, 9)).message == "split sizes add up to 5, but there are 6"
    assert failure(Split(split_size=4, index=2), (6, 9)).message == "part 2 does not exist: there are 2"


def test_slice():
    assert Slice(start=2, stop=5).infer((8, 3)) == (3, 3)
    assert Slice(start=2, stop=5).torch((8, 3)).target == "{0}[:, 2:5]"
    assert failure(Slice(start=9), (8, 3)).message == "slice 9: takes nothing of axis 0 of 8x3"


def test_mean():
    # 8 sums of 35 numbers: 34 additions and a division each
    assert Mean().infer((8, 5, 7)) == (8,)
    assert Mean().cost((8, 5, 7)) == {"add": 8 * 34, "div": 8}
    assert Mean(dim=1, keepdim=True).reach((8, 5, 7)) == Reach((Whole(), Same()), first=Same())


def test_constant():
    assert Scale(value=2).cost((8, 5, 7)) == {"mul": 280}
    assert Scale(value=2).torch((8, 5, 7)).target == "{0} * 2"
