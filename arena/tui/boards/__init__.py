"""How boards look: what stands where on each (faces), and how that is drawn with characters."""
