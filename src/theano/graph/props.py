"""``HasProps``: equality and hash of an object from a tuple of attribute names."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar


class HasProps:
    """Base of what may say, with ``__props__``, which attributes tell two instances apart.

    Instances of one class are equal where these attributes are, and hash alike. Without
    ``__props__`` an instance is equal to itself alone. A class that defines ``__eq__`` or
    ``__hash__`` keeps its own.

    Raises
    ------
    TypeError
        When a subclass is made whose ``__props__`` is no tuple of strings.
    """

    __props__: tuple[str, ...]
    # Rules compare ops all the time: the attributes are got at once, and not by their names.
    _key_of: ClassVar[Callable[[Any], Any] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "__props__" in own:
            props = own["__props__"]
            check_props(cls.__name__, props)
            cls._key_of = attrgetter(*props) if props else type
            # A class that names its attributes does not compare as its parents did.
            for method in ("__eq__", "__hash__"):
                # A class that defines only __eq__ has None for a hash.
                if own.get(method) is None:
                    setattr(cls, method, getattr(HasProps, method))

    def _props(self) -> tuple[Any, ...]:
        """Return the values of the attributes that ``__props__`` names."""
        return tuple(getattr(self, name) for name in getattr(self, "__props__", ()))

    def _props_dict(self) -> dict[str, Any]:
        """Return the attributes that ``__props__`` names, such as a copy of the op is made from."""
        return {name: getattr(self, name) for name in getattr(self, "__props__", ())}

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        key_of = type(self)._key_of
        if type(self) is not type(other) or key_of is None:
            return False
        return bool(key_of(self) == key_of(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        key_of = type(self)._key_of
        return object.__hash__(self) if key_of is None else hash((type(self), key_of(self)))


def check_props(name: str, props: Any) -> None:
    """Raise TypeError unless ``props`` is a tuple of strings."""
    if not isinstance(props, tuple) or not all(isinstance(one, str) for one in props):
        raise TypeError(
            f"the __props__ of {name} must be a tuple of the names of attributes, got {props!r}"
        )
