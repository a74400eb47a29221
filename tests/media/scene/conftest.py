import pytest

from media.scene.script import Voice
from media.scene.voice import TIMBRES, Speech, speak


@pytest.fixture(scope="session")
def speeches() -> dict[Voice, Speech]:
    return {voice: speak(voice) for voice in TIMBRES}
