"""The directory Asterisk reads: the files of `asterisk-conf/`, and what is made beside them."""
