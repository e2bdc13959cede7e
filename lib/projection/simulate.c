typedef int ltn_unused;
