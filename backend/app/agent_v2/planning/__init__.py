"""From an assessment to a plan, by rules: facts, then grouped work, then teams, supplies and words."""
