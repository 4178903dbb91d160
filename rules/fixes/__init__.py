"""Recipes (data) turned into the smallest edit, and verified by analysing the result again."""
