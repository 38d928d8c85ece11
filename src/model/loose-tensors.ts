/** In place of a path: tensors of a file that are in none of its state dicts, named by where in it they are. */
export const looseTensors = '(loose tensors)'
