"""Networks as evaluators: fast on the machine at hand.

For self-play and matches the network is folded (batch normalisation), cast to bfloat16 where the processor computes
in it, and compiled; on processors with VNNI, self-play's compiled networks compute in int8 (`zero/quantised.py`). Weights
are inputs of the compiled code, so a new generation copies its weights in and recompiles nothing; batches have one fixed
size. For a quick start (`zero play`) the same network runs uncompiled, in bfloat16 or float32.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from games.game import Game
from zero.errors import EngineWarning, SettingsError
from zero.evaluators import Evaluations, Evaluator
from zero.network import Network, folded
from zero.quantised import Quantised, has_int8
from zero.search.walk import Batch


def device_of(name: str) -> torch.device:
    """Return the device that `name` (cpu, cuda, cuda:1) stands for. Raises SettingsError where it is not there."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"expected device cpu, cuda or cuda:N, got {name!r}") from None
    if device.type not in ("cpu", "cuda"):
        raise SettingsError(f"expected device cpu, cuda or cuda:N, got {name!r}")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"device {name}: this machine or this build of torch has no CUDA; use --device cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise SettingsError(f"device {name}: there are only {torch.cuda.device_count()} CUDA devices")
    return device


def has_bfloat16(device: torch.device) -> bool:
    """Return whether the device multiplies bfloat16 matrices faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    tests = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("avx512_bf16", "amx_tile"))
    return any(test() for test in tests if test is not None)


class Inference(nn.Module):
    """planes [B, P, R, C] uint8 -> policy logits [B, num_actions], probabilities of win, draw, loss [B, 3], float32.

    Convolutions compute in `dtype`, the heads' linear layers in float32.
    """

    def __init__(self, network: Network, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.network = folded(network)
        for convolution in self.modules():
            if isinstance(convolution, nn.Conv2d):
                convolution.to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def load(self, network: Network) -> None:
        """Take over the weights of another network of the same shape, in place."""
        with torch.no_grad():
            for mine, theirs in zip(self.network.parameters(), folded(network).parameters(), strict=True):
                mine.copy_(theirs)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        logits, wdl = self.network(planes.to(dtype=self.dtype, memory_format=torch.channels_last))
        return logits, torch.softmax(wdl, 1)


def compile_or_not(module: nn.Module, example: Tensor) -> nn.Module:
    """Return the module compiled for inputs like `example`, or as it is, with a warning, where that cannot be done."""
    from torch._dynamo.exc import TorchDynamoException
    from torch._inductor.exc import InductorError

    compiled = torch.compile(module, dynamic=False)
    try:
        with torch.inference_mode():
            compiled(example)
    except (TorchDynamoException, InductorError, RuntimeError, OSError) as error:
        warnings.warn(f"the network runs uncompiled, slower: {_reason(error)}", EngineWarning, stacklevel=2)
        return module
    return compiled  # type: ignore[return-value]


def _reason(error: Exception) -> str:
    """Return in one line what went wrong."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def quantised_or_reason(game: Game, network: Network, example: Tensor, compiled: bool) -> Quantised | str:
    """Return the network in int8 for batches like `example`, or the reason why that cannot be done.

    It asks more of torch than the other types do: operations that other versions may name or call otherwise, shapes that
    oneDNN may refuse. Whatever is raised, the network can still be had in bfloat16 or float32.
    """
    try:
        module = Quantised(game, network, len(example), compiled)
        with torch.inference_mode():
            module(example)
    except Exception as error:
        return _reason(error)
    return module


class NetworkEvaluator:
    """A network as the search sees it, for batches of up to `places` positions.

    dtype: of its convolutions; None takes the fastest: compiled, int8 where the processor has it; else bfloat16 or float32.
    Where int8 cannot be had, it is as if None were given to a processor without it.
    The batch is padded to `places` when compiled. On a GPU, `submit` returns while it computes.
    """

    def __init__(
        self,
        game: Game,
        network: Network,
        places: int,
        device: torch.device | None = None,
        compiled: bool = False,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.device = device or torch.device("cpu")
        self.places = places
        self.on_gpu = self.device.type == "cuda"
        shape = (places, *game.plane_shape)  # two batches may be under way to a GPU
        self.inputs = [torch.zeros(shape, dtype=torch.uint8, pin_memory=self.on_gpu) for _ in range(1 + self.on_gpu)]
        self.compiled = compiled
        self.refusal = ""  # why it does not compute in int8, where it was to
        self.module = self._module(game, network.to(self.device), dtype)
        self.dtype = self.module.dtype
        self.call: Callable[[Tensor], tuple[Tensor, Tensor]] = self.module
        if compiled and isinstance(self.module, Inference):
            self.call = compile_or_not(self.module, self.inputs[0].to(self.device))
            self.compiled = self.call is not self.module
        if self.refusal and self.compiled == compiled:  # where there is no compiler, that has been told already
            told = f"the network computes in {self.dtype}, not in int8: {self.refusal}"
            warnings.warn(told, EngineWarning, stacklevel=2)

    def _module(self, game: Game, network: Network, dtype: torch.dtype | None) -> Inference | Quantised:
        """Return the network in `dtype`, or None: in the fastest one; int8 is compiled already."""
        if dtype == torch.int8 or (dtype is None and self.compiled and has_int8(self.device)):
            found = quantised_or_reason(game, network, self.inputs[0], self.compiled)
            if isinstance(found, Quantised):
                return found
            self.refusal, dtype = found, None
        return Inference(network, dtype or (torch.bfloat16 if has_bfloat16(self.device) else torch.float32))

    def load(self, network: Network) -> None:
        """Go on with the weights of another network."""
        self.module.load(network)

    def submit(self, batch: Batch, rows: int) -> Callable[[], Evaluations]:
        count = self.places if self.compiled else rows
        planes = self.inputs[0]
        self.inputs.reverse()
        planes[:rows] = torch.from_numpy(batch.planes[:rows])
        with torch.inference_mode():
            logits, wdl = self.call(planes[:count].to(self.device, non_blocking=True))
            if not self.on_gpu:
                return lambda: Evaluations(logits.numpy()[:rows], wdl.numpy()[:rows])
            # The copies back are ordered now: asked for later, they would stand in line behind the next batch.
            answer = [tensor.to("cpu", non_blocking=True) for tensor in (logits, wdl)]
            done = torch.cuda.Event()
            done.record(torch.cuda.current_stream(self.device))

        def wait() -> Evaluations:
            done.synchronize()
            return Evaluations(answer[0].numpy()[:rows], answer[1].numpy()[:rows])

        return wait


def evaluator_of(network: Network, device: str = "cpu", compiled: bool = False) -> Callable[[Game, int], Evaluator]:
    """Return what a Searcher makes its evaluator with."""
    return lambda game, places: NetworkEvaluator(game, network, places, device_of(device), compiled)
