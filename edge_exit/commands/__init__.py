"""What `edge_exit` can be asked to do on the command line, one file each."""
