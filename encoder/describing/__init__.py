"""What is written about figures beyond the grant's own words: taggers, captioners, enrichers."""
