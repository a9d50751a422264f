"""Tests of the whole product, in folders by package."""
