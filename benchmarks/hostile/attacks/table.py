"""The hostile mix."""

from __future__ import annotations

from benchmarks.hostile.attacks import bodies, crowds, files, floods, keys, questions, slowness
from benchmarks.hostile.attacks.attacker import Attack

FLOOD, CROWD, FILES, TABLE = "flood", "crowd", "files", "table"
WORKSPACES = (FLOOD, CROWD, FILES, TABLE)

LARGEST = Attack("largest requests", floods.send_largest, 0.0)
MIX = {
    FLOOD: (
        LARGEST,
        Attack("a million of nothing", floods.send_million_of_nothing, 10.0),
        Attack("nonsense", floods.send_nonsense, 1.0),
        Attack("bomb", bodies.send_bomb, 2.0),
        Attack("members", bodies.send_members, 2.0),
        Attack("members with a key", bodies.send_members_with_a_key, 5.0),
        Attack("deep", bodies.send_deep, 5.0),
        Attack("slow bodies", slowness.send_slow_bodies, 0.1),
        Attack("slow headers", slowness.send_slow_headers, 0.1),
        Attack("wrong keys", keys.send_wrong_keys, 0.02),
        Attack("keys in bodies", keys.send_keys_in_bodies, 0.2),
        Attack("wrong keys for the API", keys.ask_with_wrong_keys, 0.2),
        Attack("replays of the quarantine", questions.replay_quarantine, 10.0),
    ),
    CROWD: (
        Attack("groups of one", crowds.send_groups_of_one, 0.5, most=100),
        Attack("a group of very many", crowds.send_group_of_many, 0.5, most=400),
        Attack("all accounts change", crowds.touch_every_account, 0.5),
        Attack("strange ids", crowds.send_strange_ids, 5.0),
        Attack("questions for strange ids", questions.ask_for_strange_ids, 2.0),
    ),
    FILES: (
        Attack("some accounts", crowds.send_groups_of_one, 5.0, most=20),
        Attack("300 metrics", files.apply_300_metrics, 10.0),
        Attack("3,900 metrics", files.apply_3900_metrics, 60.0),
        Attack("deep YAML", files.validate_deep_yaml, 5.0),
        Attack("If-Match", files.apply_against_one_another, 0.2),
        Attack("plans", files.plan_large, 20.0),
    ),
    TABLE: (
        Attack("many accounts", crowds.send_groups_of_one, 0.1, most=13),
        Attack("hostile tables", crowds.send_hostile_table, 1.0, most=300),
        Attack("downloads", questions.download_accounts, 0.2),
        Attack("slow readers", slowness.read_slowly, 0.1),
        Attack("searches", questions.search_accounts, 1.0),
        Attack("analyses", questions.ask_for_analyses, 10.0),
    ),
}
"""Each workspace of the attackers, and what is done from it."""
FLOOD_ALONE = {FLOOD: (LARGEST,)}
