print("pinr")
