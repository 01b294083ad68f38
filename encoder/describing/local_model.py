"""Language models that run in this process, through transformers; loaded when first asked.

Code from a hub is never run. Weights that a folder lacks are refused: transformers would fill them
with random numbers.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal

import jinja2
import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_log
from transformers.utils.hub import cached_file, extract_commit_hash

from core.describing import Tokens
from core.errors import ConfigurationFault
from core.settings import ProviderSettings
from encoder.describing.answers import Answer
from encoder.describing.language_model import Conversation, most_tokens
from encoder.describing.pictures import scaled_picture
from encoder.describing.quantising import check_packable, quantisation_config

_LOAD_FAULTS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    RuntimeError,
    SafetensorError,
)
"""What transformers raises on folders that are no model of the kind asked for."""


_N_SAMPLES = 64
_SAMPLE_BYTES = 4096


class LocalModel:
    """A model and what turns conversations into its input.

    Args:
        settings: With `model`; no `url`.
        variable: How the settings are set, ``"LIMN_DESCRIBE__CAPTIONER"``, for people to mend them.
        kind: Whether it takes pictures.
    """

    def __init__(
        self, settings: ProviderSettings, variable: str, kind: Literal["text", "image-text"]
    ) -> None:
        if settings.model is None:
            raise ConfigurationFault(f"{variable}__MODEL is needed")
        self._settings = settings
        self._variable = variable
        self._name = settings.model
        self._reads_pictures = kind == "image-text"

    @property
    def url(self) -> None:
        return None

    @cached_property
    def model_id(self) -> str:
        """A hub's name with its revision, or a folder's with a hash of what is in it."""
        folder = Path(self._name)
        if folder.is_dir():
            return f"{folder.name}-{_folder_hash(folder)}"
        return f"{self._name}@{self._revision[:12]}" if self._revision else self._name

    @cached_property
    def _revision(self) -> str | None:
        """Commit of a hub's model, which is what will be loaded; None where it cannot be had."""
        try:
            return extract_commit_hash(cached_file(self._name, "config.json"), None)
        except (OSError, ValueError):
            return None  # asking it will say what is wrong

    @property
    def shaping(self) -> tuple[object, ...]:
        """Of the settings, what shapes an answer."""
        own = self._settings
        return (own.max_answer_tokens, own.temperature, own.dtype, own.quantisation)

    def answers(self, conversations: Sequence[Conversation]) -> Iterator[Answer]:
        """Some together, as many as the settings say; see `LanguageModel`.

        Raises:
            ConfigurationFault: If the model cannot be loaded, knows no conversations or needs more
                memory than there is.
        """
        size = self._settings.batch_size
        for start in range(0, len(conversations), size):
            yield from self._answer(conversations[start : start + size])

    def most_tokens(self, conversation: Conversation, n_pictures: int) -> Tokens:
        """See `LanguageModel`."""
        return most_tokens(self._settings, conversation, n_pictures)

    def _answer(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """The next words of each of B conversations, computed together."""
        processor, model = self._loaded
        tokenizer = getattr(processor, "tokenizer", processor)
        try:
            inputs = processor.apply_chat_template(
                [self._messages(conversation) for conversation in conversations],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                **self._padding,
            ).to(model.device, **({"dtype": model.dtype} if self._reads_pictures else {}))
        except (jinja2.TemplateError, ValueError) as error:
            raise ConfigurationFault(
                f"{self._name} cannot hold a conversation: {error}; "
                "choose an instruction-tuned model"
            ) from error
        try:
            with torch.inference_mode():
                output = model.generate(
                    **inputs, **self._sampling, pad_token_id=tokenizer.pad_token_id
                )
        except torch.OutOfMemoryError as error:
            raise ConfigurationFault(
                f"{self._name} does not fit into memory; lower {self._variable}__BATCH_SIZE or set "
                f"{self._variable}__QUANTISATION"
            ) from error
        n_read = inputs["input_ids"].shape[1]
        texts = tokenizer.batch_decode(output[:, n_read:], skip_special_tokens=True)
        n_prompt = inputs["attention_mask"].sum(dim=1).tolist()
        n_written = (output[:, n_read:] != tokenizer.pad_token_id).sum(dim=1).tolist()
        return [
            Answer(text, Tokens(prompt, written), self._problem(text, written))
            for text, prompt, written in zip(texts, n_prompt, n_written, strict=True)
        ]

    def _messages(self, conversation: Conversation) -> list[dict[str, Any]]:
        """Models that take pictures want each message in parts."""
        roles = ("system", *islice(cycle(("user", "assistant")), len(conversation.said)))
        texts: list[Any] = [conversation.system, *conversation.said]
        if self._reads_pictures:
            texts = [[{"type": "text", "text": text}] for text in texts]
        if conversation.picture is not None:
            picture = scaled_picture(conversation.picture).convert("RGB")
            texts[1].insert(0, {"type": "image", "image": picture})
        return [{"role": role, "content": text} for role, text in zip(roles, texts, strict=True)]

    def _problem(self, text: str, n_written: int) -> str | None:
        if not text.strip():
            return "the answer is empty"
        if n_written >= self._settings.max_answer_tokens:
            return f"the answer was cut off; raise {self._variable}__MAX_ANSWER_TOKENS"
        return None

    @property
    def _sampling(self) -> dict[str, Any]:
        limit = {"max_new_tokens": self._settings.max_answer_tokens}
        if not self._settings.temperature:
            return {**limit, "do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        return {**limit, "do_sample": True, "temperature": self._settings.temperature}

    @property
    def _padding(self) -> dict[str, Any]:
        padding = {"padding": True}
        return {"processor_kwargs": padding} if self._reads_pictures else padding

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """Processor or tokenizer, and the model on its device."""
        settings = self._settings
        device = settings.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        opener: Any
        reader: Any
        opener, reader = (
            (AutoModelForImageTextToText, AutoProcessor)
            if self._reads_pictures
            else (AutoModelForCausalLM, AutoTokenizer)
        )
        transformers_log.disable_progress_bar()  # type: ignore[no-untyped-call]
        options: dict[str, Any] = {
            "dtype": settings.dtype,
            "output_loading_info": True,
            "revision": self._revision or "main",
        }
        if settings.quantisation != "none":
            options["quantization_config"] = quantisation_config(
                settings.quantisation, self._variable
            )
            options["device_map"] = device
        try:
            processor = reader.from_pretrained(
                self._name, padding_side="left", revision=options["revision"]
            )
            model, loading = opener.from_pretrained(self._name, **options)
            if settings.quantisation == "none":
                model.to(device)
        except _LOAD_FAULTS as error:
            raise ConfigurationFault(
                f"{self._name} cannot be opened as "
                f"{'a vision–language' if self._reads_pictures else 'a chat'} model on {device}: "
                f"{error}; set {self._variable}__MODEL to a folder or a hub's name of one"
            ) from error
        if loading["missing_keys"]:
            raise ConfigurationFault(
                f"{self._name} lacks weights ({len(loading['missing_keys'])} tensors); it is "
                f"no model of this kind, or not whole. Set {self._variable}__MODEL to another"
            )
        check_packable(model, self._variable)
        tokenizer = getattr(processor, "tokenizer", processor)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return processor, model.eval()


def _folder_hash(folder: Path) -> str:
    """Of names and sizes of all files, and of samples from throughout each of them.

    Weights of another training have the same names and sizes; they differ almost everywhere.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        n_bytes = path.stat().st_size
        digest.update(repr((path.name, n_bytes)).encode())
        with path.open("rb") as file:
            for n in range(_N_SAMPLES):
                file.seek(n * n_bytes // _N_SAMPLES)
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:8]
