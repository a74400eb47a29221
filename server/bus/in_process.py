"""The bus of a single server process: no service needed."""

from __future__ import annotations

from collections import defaultdict

from server.bus.contract import Message, Subscription


class Listeners:
    """The subscriptions of this process by topic."""

    def __init__(self) -> None:
        self._by_topic: defaultdict[str, set[Subscription]] = defaultdict(set)

    def add(self, topic: str) -> Subscription:
        """Return a new subscription that hears from now on."""
        subscription = Subscription(topic, self._remove)
        self._by_topic[topic].add(subscription)
        return subscription

    def _remove(self, subscription: Subscription) -> None:
        listeners = self._by_topic[subscription.topic]
        listeners.discard(subscription)
        if not listeners:
            del self._by_topic[subscription.topic]

    def tell(self, topic: str, message: Message) -> None:
        """Give a message to all who listen here."""
        for subscription in tuple(self._by_topic.get(topic, ())):
            subscription.give(message)

    def miss(self) -> None:
        """Tell everybody that messages were lost."""
        for listeners in tuple(self._by_topic.values()):
            for subscription in tuple(listeners):
                subscription.miss()


class InProcessBus:
    """A bus that reaches this process only."""

    def __init__(self) -> None:
        self._listeners = Listeners()

    async def publish(self, topic: str, message: Message) -> bool:
        """Tell all listeners."""
        self._listeners.tell(topic, message)
        return True

    def subscribe(self, topic: str) -> Subscription:
        """Listen to a topic."""
        return self._listeners.add(topic)

    async def is_ready(self) -> bool:
        """Tell that it is."""
        return True

    async def close(self) -> None:
        """Nothing to let go of."""
