"""What the service answers when it does not do what it is asked."""


class Refusal(Exception):
    """An answer other than success; the message reaches the caller.

    Attributes:
        status: HTTP status.
    """

    status = 500


class BadRequest(Refusal):
    """A field is unknown, unsupported or makes no sense."""

    status = 400


class NotFound(Refusal):
    """No such collection."""

    status = 404


class Conflict(Refusal):
    """The name is taken."""

    status = 409


class Unauthorised(Refusal):
    """The API key is missing or wrong."""

    status = 401


class Forbidden(Refusal):
    """A caller that is never served."""

    status = 403
