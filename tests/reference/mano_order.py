"""MANO's chain of 16 joints, and their indices among interprior's 21 joints."""

MANO_PARENTS = [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14]
# ours[i] = native[NATIVE_OF_OURS[i]]: native are MANO's 16 joints and then 5 tips, thumb .. pinky.
NATIVE_OF_OURS = [0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20]
